internal import Linux
internal import Supervisor

/// `deployd upgrade`: the master becomes another version of deployd, under the same pid.
enum UpgradeVerb {
    private static let timeout = Option(
        name: "--timeout", value: "TIME",
        help: "refuse the program unless its trial run is over by then; 30s without it")

    static let verb = Verb(
        name: "upgrade", operands: [Verb.Operand(name: "PROGRAM", isRequired: false)],
        options: [.wait, timeout, .json],
        summary: "let the master become a new version of deployd",
        details: """
            The master becomes PROGRAM, or, without one, what lies now where the master was started from. The program is
            tried first, on the real configuration and state; when that fails nothing has changed. Then the master executes
            it: same pid, same sockets, same workers. Users see nothing. Ctrl-C gives it up.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let limit = try invocation.duration(of: timeout)
        let installation = try Installation(invocation)
        let program = invocation.operands.first.map { Paths.join(installation.surroundings.workingDirectory, $0) }
        let request = ControlRequest(
            .upgrade, wait: invocation.has(Option.wait.name) ? true : nil,
            timeoutMilliseconds: limit.map { max(1, $0.milliseconds) }, program: program)
        var dialogue = try Dialogue(
            with: installation.connect(), subject: "upgrade", style: invocation.has(Option.json.name) ? .json : .text,
            isDeploy: false, advice: installation.surroundings.advice)
        return try dialogue.run(request)
    }
}
