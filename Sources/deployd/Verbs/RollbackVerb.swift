internal import Supervisor

/// `deployd rollback`: the last good release again.
enum RollbackVerb {
    static let verb = Verb(
        name: "rollback", operands: [Verb.Operand(name: "RELEASE", isRequired: false)],
        options: [.message, force, .wait, .timeout, .json],
        synonyms: ["undo", "revert", "back"],
        summary: "go back to the last good release, or to the one given",
        details: """
            Deploys the release that was committed before the one that serves, or RELEASE. While a deploy is being
            watched, the old generation is still warm, and going back to it takes a millisecond. Leaving a release that
            says `rollback: "never"` takes --force. Ctrl-C is as in `deploy`.
            """,
        run: { invocation throws(CommandError) in
            let release = invocation.operands.first
            let subject = release.map { "rollback to \($0)" } ?? "rollback"
            return try DeployDialogue(invocation).run(.rollback, release: release, subject: subject) {
                $0.force = invocation.has(force.name) ? true : nil
            }
        })

    private static let force = Option(
        name: "--force", help: "roll back even from a release that forbids it (`rollback: \"never\"`)")
}
