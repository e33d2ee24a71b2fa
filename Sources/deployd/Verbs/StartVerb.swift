internal import Supervisor

/// `deployd start`: becomes the master.
enum StartVerb {
    static let verb = Verb(
        name: "start", operands: [Verb.Operand(name: "RELEASE", isRequired: false)],
        synonyms: ["up", "serve", "boot"],
        summary: "run the master: listen, serve, supervise",
        details: """
            Runs in the foreground until it is stopped by `deployd stop`, SIGTERM or Ctrl-C, or its terminal is closed. (A
            service keeps running, see `deployd unit`; so does a master that `nohup` started.) It serves RELEASE; by
            default the release that was committed last, and at the very first start the configuration's "release". If
            the workers of an earlier master still serve, it takes them over, whatever RELEASE is. A state directory has
            at most one master.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else {
            // Where workers serve on, the service manager is to try again: mended, the file is followed at once.
            let isAlone = installation.leftovers == nil
            StartPause.wait(installation.configuration, installation.surroundings, isPermanent: isAlone)
            throw CommandError(
                installation.problems.map(\.description), exitCode: isAlone ? .misconfigured : .refused)
        }
        let release = invocation.operands.first.map(installation.release)
        let code = MasterProcess.run(installation.configuration, installation.surroundings, release: release)
        return ExitCode(number: Int(code))
    }
}
