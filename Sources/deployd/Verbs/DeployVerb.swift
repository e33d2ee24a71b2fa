internal import Supervisor

/// `deployd deploy`: a release beside the serving one, checked, and then in its place.
enum DeployVerb {
    static let verb = Verb(
        name: "deploy", operands: [Verb.Operand(name: "RELEASE")], options: [.wait, .timeout, .json],
        summary: "put a release in the place of the one that serves",
        details: """
            Boots RELEASE (a path, or a name in the releases directory) beside the serving one, probes it, moves new
            connections over, watches it, and commits: or nothing has changed. Ctrl-C before the cut-over cancels and
            waits for the outcome (a second one does not wait); after the cut-over it leaves, with exit code 0, and the
            deploy goes on.
            """,
        run: { invocation throws(CommandError) in
            let release = invocation.operands[0]
            return try DeployDialogue(invocation).run(.deploy, release: release, subject: "deploy of \(release)")
        })
}
