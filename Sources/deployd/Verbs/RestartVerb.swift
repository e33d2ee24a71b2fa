internal import Supervisor

/// `deployd restart`: the same release, in new processes.
enum RestartVerb {
    static let verb = Verb(
        name: "restart", options: [.message, .wait, .timeout, .json],
        summary: "replace the workers with new ones of the same release",
        details: """
            A deploy of the release that serves now: new workers boot and are probed before the old ones drain. Ctrl-C is
            as in `deploy`.
            """,
        run: { invocation throws(CommandError) in
            try DeployDialogue(invocation).run(.restart, release: nil, subject: "restart")
        })
}
