internal import Linux

/// What the unit runs when systemd stops the service.
///
/// systemd stops a service before it starts it again. Only the job tells a restart from a stop: before a restart the
/// master leaves, and its workers and sockets are there for the next one, so that users see nothing. In every other case
/// nothing is done here, and systemd's SIGTERM asks the master to drain and end.
enum ServiceStop {
    /// The hidden verb; its argument is the unit's name.
    static let verb = "__service-stop"

    static func run(_ arguments: [String]) -> ExitCode {
        // Without MAINPID the master is gone already.
        guard let unit = arguments.first, let pid = ThisProcess.variable("MAINPID").flatMap({ Int32($0) }) else {
            return .done
        }
        do {
            guard isRestart(try jobs(of: unit), unit) else { return .done }
            let master = try ProcessDescriptor(pid: pid)
            guard try master.send(.usr1) else { return .done }
            _ = try Poll.readable(master.number, timeout: nil)
            return .done
        } catch {
            StandardError.line("deployd: service stop: \(error); the master drains", .warning)
            return .refused
        }
    }

    /// Whether the list of jobs has a restart of the unit: lines of job, unit, type, state.
    static func isRestart(_ jobs: String, _ unit: String) -> Bool {
        jobs.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count >= 3 && words[1] == unit && words[2] == "restart"
        }
    }

    /// What `systemctl list-jobs` prints, of the manager that runs this process.
    private static func jobs(of unit: String) throws(SystemError) -> String {
        let manager = ThisProcess.variable("MANAGERPID") == nil ? "--system" : "--user"
        let pipe = try Pipe()
        let (reading, writing) = pipe.ends()
        let output = FileDescriptor(owning: reading)
        do {
            let input = FileDescriptor(owning: writing)
            let child = try spawn(
                SpawnRequest(
                    executable: "/usr/bin/systemctl",
                    arguments: ["systemctl", manager, "list-jobs", "--no-legend", "--plain", "--full", unit],
                    environment: ThisProcess.environment(), descriptors: [(input.number, 1), (2, 2)]))
            _ = consume input
            let process = try ProcessDescriptor(pid: child)
            while try process.reap() == nil { _ = try Poll.readable(process.number, timeout: nil) }
        }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try output.read(into: &buffer), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }
}
