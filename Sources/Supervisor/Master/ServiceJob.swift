package import Linux

/// What systemd is about to do with a service: only its job tells a restart from a stop.
package enum ServiceJob: Equatable, Sendable {
    /// It is to be started again: its workers and sockets are for the next master.
    case restart
    /// It is to end, and all that is its own with it.
    case stop
    /// Something else, or nothing.
    case other

    /// How long systemd may take to tell.
    package static let patience = Duration.seconds(5)

    /// The service that this process belongs to; nil: it is no service's. Source: systemd.special(7); cgroups(7).
    package static func ownUnit() -> String? {
        guard let text = try? Files.read("/proc/self/cgroup") else { return nil }
        return unit(inGroups: String(decoding: text, as: UTF8.self))
    }

    /// The service that `/proc/self/cgroup` names: the innermost, since a user's own systemd is a service too.
    static func unit(inGroups text: String) -> String? {
        guard let path = text.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        return path.split(separator: "/").last { $0.hasSuffix(".service") && !$0.hasPrefix("user@") }.map(String.init)
    }

    /// The job in a list of them, each a line of number, unit, type and state.
    package init(in jobs: String, of unit: String) {
        let types = jobs.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count >= 3 && $0[1] == unit }.map { $0[2] }
        if types.contains("restart") { self = .restart } else { self = types.contains("stop") ? .stop : .other }
    }

    /// Asks, and waits for the answer; not for the master's loop.
    package static func ask(_ unit: String) throws(SystemError) -> ServiceJob {
        let question = try ServiceQuestion(jobsOf: unit)
        return ServiceJob(in: try question.wait(), of: unit)
    }

    /// Whether the service has come to rest and nothing is to be done with it; nil: systemd does not say.
    static func isOver(_ unit: String) -> Bool? {
        guard let question = try? ServiceQuestion(stateOf: unit), let text = try? question.wait() else { return nil }
        return isOver(inState: text)
    }

    /// The same, of what `systemctl show` says. (A service that failed is not over: its workers may serve on, and the
    /// next start goes on with them.)
    static func isOver(inState text: String) -> Bool? {
        let lines = text.split(separator: "\n")
        guard let state = lines.first(where: { $0.hasPrefix("ActiveState=") }) else { return nil }
        let job = lines.first { $0.hasPrefix("Job=") } ?? "Job="
        return state == "ActiveState=inactive" && (job == "Job=" || job == "Job=0")
    }
}

/// A question to systemd under way: `systemctl`, and what it has said. Source: systemctl(1).
final class ServiceQuestion {
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
        deadline = MonotonicClock.now() + ServiceJob.patience
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
