internal import Linux
internal import Supervisor

/// `deployd upgrade`: the master becomes another version of deployd, under the same pid.
enum UpgradeVerb {
    private static let timeout = Option(
        name: "--timeout", value: "TIME",
        help: "refuse the program unless its trial run ends within this time (default 30s)")

    static let verb = Verb(
        name: "upgrade", operands: [Verb.Operand(name: "PROGRAM", isRequired: false)],
        options: [.wait, timeout, .json],
        summary: "replace the master with a new version of deployd",
        details: """
            The master becomes PROGRAM; by default, the file now at the path from which the master was started. The program
            is first tried on the real configuration and state; if that fails, nothing changes. Then the master executes
            it: same pid, same sockets, same workers. Users notice nothing. Ctrl-C cancels the upgrade.
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
