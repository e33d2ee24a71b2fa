internal import Linux
internal import Supervisor

/// What the unit runs when systemd stops the service.
///
/// systemd stops a service before it starts it again. Only the job tells a restart from a stop: before a restart the
/// master leaves, and its workers and sockets are there for the next one, so that users see nothing. In every other case
/// nothing is done here, and systemd's SIGTERM asks the master to drain and end.
enum ServiceStop {
    /// The hidden verb; its argument is the unit's name.
    static let verb = "__service-stop"

    /// How long a master may take to leave. One that hangs is killed then, after which the next goes on just as well.
    private static let patience = Duration.seconds(10)

    static func run(_ arguments: [String]) -> ExitCode {
        // Without MAINPID the master is gone already.
        guard let unit = arguments.first, let pid = ThisProcess.variable("MAINPID").flatMap({ Int32($0) }) else {
            return .done
        }
        do {
            guard try ServiceJob.ask(unit) == .restart else { return .done }
            let master = try ProcessDescriptor(pid: pid)
            guard try master.send(.usr1) else { return .done }
            guard try !Poll.readable(master.number, timeout: patience) else { return .done }
            StandardError.line(
                "deployd: service stop: the master (pid \(pid)) did not leave within \(patience.components.seconds) s; it is "
                    + "killed, and the next one takes over its workers", .warning)
            try master.send(.kill)
            return .done
        } catch {
            // The master itself asks for the job when it hears SIGTERM.
            StandardError.line("deployd: service stop: \(error); the master is asked to end", .warning)
            return .refused
        }
    }
}
