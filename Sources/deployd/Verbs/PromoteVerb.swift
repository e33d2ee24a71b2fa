internal import Supervisor

/// `deployd promote`: end a canary by sending all new connections to the new release.
enum PromoteVerb {
    static let verb = Verb(
        name: "promote", options: [.json], summary: "end a canary by sending all new connections to the new release",
        details: """
            The deploy under way goes on with its cut-over at once, whatever step its canary was at. Returns when all new
            connections enter the new generation; the watch follows.
            """,
        run: { invocation throws(CommandError) in try CanaryDialogue(invocation).run(.promote) })
}
