internal import Supervisor

/// `deployd reload`: the master goes by what `deployd.json` says now.
enum ReloadVerb {
    static let verb = Verb(
        name: "reload", options: [.json],
        summary: "apply the current deployd.json",
        details: """
            The master reads and checks the whole file. If it has errors, they are reported and nothing changes. Otherwise
            the master reports what has changed, and when each change takes effect. Running workers are not touched unless
            addresses are added or removed: then the release that serves is restarted, as by `restart`.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        var dialogue = try Dialogue(
            with: installation.connect(), subject: "reload", style: invocation.has(Option.json.name) ? .json : .text,
            isDeploy: false, advice: installation.surroundings.advice)
        return try dialogue.run(ControlRequest(.reload))
    }
}
