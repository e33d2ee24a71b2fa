internal import Linux
internal import Supervisor

/// `deployd stop`: the end of the master and of everything that it serves.
enum StopVerb {
    private static let now = Option(name: "--now", help: "end the workers at once, whatever they are doing")

    static let verb = Verb(
        name: "stop", options: [now],
        summary: "drain all workers and end the master",
        details: """
            No new connection is accepted; workers finish what they have, within their deadlines; then the master ends.
            The command waits until it is gone. Ctrl-C leaves; the master stops all the same.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard case .version(let version) = try installation.ask(.version) else {
            throw CommandError("stop: the master did not say who it is")
        }
        // Opened before the request, so that it is this master's end which is waited for, whoever gets its pid later.
        guard let master = try? ProcessDescriptor(pid: Int32(clamping: version.pid)) else {
            throw CommandError("stop: the master (pid \(version.pid)) is gone already", exitCode: .noMaster)
        }
        let request = ControlRequest(.stop, now: invocation.has(now.name) ? true : nil)
        var client = try installation.connect()
        do throws(ControlError) {
            try client.send(request)
            if let code = try follow(&client) { return code }
        } catch .ended {
            // The master may be gone before its last word is out.
        } catch {
            throw CommandError(error)
        }
        _ = try? Poll.readable(master.number, timeout: nil)
        StandardOutput.write("stopped (master \(version.pid) is gone)\n")
        return .done
    }

    /// Shows what the master says on its way; gives an exit code when it does not stop.
    private static func follow(_ client: inout ControlClient) throws(ControlError) -> ExitCode? {
        while true {
            guard case .event(let event) = try client.next(timeout: nil) else { continue }
            switch event {
            case .note(let text): StandardOutput.write("\(ProgressText.printable(text))\n")
            case .error(let error):
                StandardError.line("deployd: stop: \(ProgressText.printable(error.message))")
                return ExitCode(number: error.exitCode)
            case .done(let done):
                guard done.exitCode != 0 else { return nil }
                StandardError.line("deployd: stop: \(ProgressText.printable(done.message))")
                return ExitCode(number: done.exitCode)
            case .queued, .started, .step, .output, .probe, .status, .version, .unrecognised: continue
            }
        }
    }
}
