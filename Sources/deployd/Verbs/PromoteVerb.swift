internal import Supervisor

/// `deployd promote`: end a canary by sending all new connections to the new release.
enum PromoteVerb {
    static let verb = Verb(
        name: "promote", options: [.json], summary: "end a canary: move all users to the new release",
        details: """
            The deploy cuts over at once, whatever step its canary has reached. Returns when all new connections go to the
            new generation; the watch follows.
            """,
        run: { invocation throws(CommandError) in try CanaryDialogue(invocation).run(.promote) })
}
