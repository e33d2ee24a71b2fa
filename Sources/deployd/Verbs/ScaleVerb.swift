internal import Supervisor

/// `deployd scale`: more workers, or fewer.
enum ScaleVerb {
    static let verb = Verb(
        name: "scale", operands: [Verb.Operand(name: "N")], options: [.json],
        summary: "change the number of web workers",
        details: """
            Starts web workers, or drains some, until the serving generation has N, from 1 to \(ControlRequest.maxWorkers).
            (Those of other kinds have their number in release.json: `processes`.) The number also applies to later
            deploys, until the master is started again.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let count = try invocation.number(invocation.operands[0], called: "N", in: 1...ControlRequest.maxWorkers)
        let installation = try Installation(invocation)
        var dialogue = try Dialogue(
            with: installation.connect(), subject: "scale to \(count)",
            style: invocation.has(Option.json.name) ? .json : .text, isDeploy: false,
            advice: installation.surroundings.advice)
        return try dialogue.run(ControlRequest(.scale, count: count))
    }
}
