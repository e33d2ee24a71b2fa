internal import Supervisor

/// `deployd deploy`: a release beside the serving one, checked, and then in its place.
enum DeployVerb {
    static let verb = Verb(
        name: "deploy", operands: [Verb.Operand(name: "RELEASE")], options: [canary, .wait, .timeout, .json],
        summary: "replace the release that serves",
        details: """
            Boots RELEASE (a path, or a name in the releases directory) beside the one that serves, probes it, moves new
            connections to it, watches it, and commits. If any of this fails, the old release serves on. Ctrl-C before
            the cut-over cancels the deploy and waits for the outcome (a second Ctrl-C does not wait); after the cut-over
            it leaves with exit code 0, and the deploy continues. With --canary a share of new connections goes to
            RELEASE first, until `deployd promote` or `deployd abort`.
            """,
        run: { invocation throws(CommandError) in
            let release = invocation.operands[0]
            let percent = try percent(invocation)
            return try DeployDialogue(invocation).run(.deploy, release: release, subject: "deploy of \(release)") {
                $0.canary = invocation.has(canary.name) ? true : nil
                $0.canaryPercent = percent
            }
        })

    private static let canary = Option(
        name: "--canary", value: "PERCENT", isValueOptional: true,
        help: "begin with a share of new connections (default: as in release.json, or 10), and hold it")

    private static func percent(_ invocation: Invocation) throws(CommandError) -> Int? {
        guard let text = invocation.value(of: canary), !text.isEmpty else { return nil }
        return try invocation.number(text, called: canary.name, in: 1...99)
    }
}
