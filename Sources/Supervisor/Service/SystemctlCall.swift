internal import Linux

/// A question to systemd: `systemctl` under way, and what it has said. Source: systemctl(1).
final class SystemctlCall {
    private static let timeLimit = Duration.seconds(5)

    private let process: ProcessBox
    private let output: FileDescriptor
    private var text: [UInt8] = []
    /// When nobody waits for the answer any longer.
    let deadline: Duration

    /// The child that asks.
    var pid: Int32 { process.process.pid }

    /// The output's number, lent, for epoll: at its end the answer is there.
    var number: CInt { output.number }

    /// Asks for the jobs of a unit.
    convenience init(jobsOf unit: String) throws(SystemError) {
        try self.init(["list-jobs", "--no-legend", "--plain", "--full", unit])
    }

    /// Asks for the state of a unit.
    convenience init(stateOf unit: String) throws(SystemError) {
        try self.init(["show", "--property=ActiveState,Job", unit])
    }

    private init(_ words: [String]) throws(SystemError) {
        let manager = ThisProcess.variable("MANAGERPID") == nil ? "--system" : "--user"
        let ends = try Pipe().ends()
        output = FileDescriptor(owning: ends.reading)
        let input = FileDescriptor(owning: ends.writing)
        let null = try Files.openNull()
        let child = try spawn(
            SpawnRequest(
                executable: "/usr/bin/systemctl", arguments: ["systemctl", manager] + words,
                environment: ThisProcess.environment(), descriptors: [(null.number, 0), (input.number, 1), (2, 2)]))
        _ = consume input
        process = ProcessBox(try ProcessDescriptor(pid: child))
        deadline = MonotonicClock.now() + Self.timeLimit
    }

    /// What it has said, once it has said all; nil: not yet.
    func answer() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try? output.read(into: &buffer) {
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            if text.count < 1 << 16 { text += buffer[..<count] }
        }
        return nil
    }

    /// Gives the child to whoever reaps it; one that still runs is ended.
    func end() -> HelperProcess {
        _ = try? process.process.send(.kill)
        return HelperProcess(adopting: process)
    }

    /// Waits for the answer, and for the child's end.
    func wait() throws(SystemError) -> String {
        while true {
            let left = deadline - MonotonicClock.now()
            if let answer = answer() {
                try reap()
                return answer
            }
            guard left > .zero else { break }
            _ = try Poll.readable(output.number, timeout: left)
        }
        _ = try process.process.send(.kill)
        try reap()
        throw SystemError(call: "systemctl", errno: .timedOut)
    }

    private func reap() throws(SystemError) {
        while try process.process.reap() == nil { _ = try Poll.readable(process.process.number, timeout: nil) }
    }
}
