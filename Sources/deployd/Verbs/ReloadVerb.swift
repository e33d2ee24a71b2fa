internal import Supervisor

/// `deployd reload`: the master goes by what `deployd.json` says now.
enum ReloadVerb {
    static let verb = Verb(
        name: "reload", options: [.json],
        summary: "let the master go by what deployd.json says now",
        details: """
            The file is read and checked as a whole; with any mistake in it nothing changes, and each is told. Then it tells
            what has changed, and when that counts. Workers that run are not touched, unless addresses come or go: then
            the release that serves is started anew, as by `restart`.
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
