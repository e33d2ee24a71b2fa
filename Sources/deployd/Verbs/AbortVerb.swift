internal import Supervisor

/// `deployd abort`: end a canary by going back to the old release.
enum AbortVerb {
    static let verb = Verb(
        name: "abort", options: [.json], summary: "end a canary: move all users back to the old release",
        details: """
            All new connections go to the old generation again; the new one drains, and its deploy ends as rolled back.
            After the cut-over `deployd rollback` does the same; before the canary, Ctrl-C cancels the deploy.
            """,
        run: { invocation throws(CommandError) in try CanaryDialogue(invocation).run(.abort) })
}
