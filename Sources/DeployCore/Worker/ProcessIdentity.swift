/// A process, told from any other that had or will have the same pid in this boot.
package struct ProcessIdentity: Hashable, Codable, Sendable {
    /// The process id.
    package let pid: Int32
    /// When it started, in clock ticks since boot: field 22 of /proc/PID/stat, proc_pid_stat(5).
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// How a worker's process came to its end.
package enum WorkerEnd: Equatable, Codable, Sendable, CustomStringConvertible {
    /// It called exit.
    case exited(code: Int)
    /// A signal ended it. The name is the usual one, "SIGSEGV".
    case signalled(name: String, dumpedCore: Bool)
    /// The kernel killed it because memory had run out: the machine's, or the generation's limit.
    case outOfMemory
    /// It never became the release's program: the launch step says what it could not do.
    case notLaunched(reason: String)
    /// It was ready, said nothing to its watchdog for so long, and was ended for that.
    case silent(after: Duration)
    /// It told its watchdog that it was not well, and was ended for that.
    case gaveUp
    /// It was replaced by a fresh one, and drained.
    case recycled(RecycleCause)
    /// It ended while nobody could ask for its status (under a master that is no more).
    case unobserved

    package var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let name, dumpedCore: false): "was killed by \(name)"
        case .signalled(let name, dumpedCore: true): "was killed by \(name) (core dumped)"
        case .outOfMemory: "was killed by the kernel: out of memory"
        case .notLaunched(let reason): "could not be launched: \(reason)"
        case .silent(let limit): "did not say WATCHDOG=1 for \(limit.text), and was killed"
        case .gaveUp: "said WATCHDOG=trigger, and was killed"
        case .recycled(let cause): "\(cause), and was replaced"
        case .unobserved: "exited unobserved"
        }
    }
}

/// How much of the worker contract a worker speaks, as far as it has shown.
package enum WorkerLevel: Int, Codable, Comparable, Sendable {
    /// Accepts an inherited socket and stops on a signal.
    case plain
    /// Says READY=1.
    case notifies
    /// Understands DRAIN, and keeps the deadlines of requests and upgraded connections apart by itself.
    case drains

    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}
