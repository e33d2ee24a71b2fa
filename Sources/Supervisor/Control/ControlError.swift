/// Why the command cannot talk to the master.
package enum ControlError: Error, Equatable, Sendable {
    /// Nobody listens at the path.
    case noMaster(path: String)
    /// The path exists, and this user may not connect to it.
    case notAllowed(path: String)
    /// The master took or gave nothing for so long.
    case timedOut(path: String, after: Duration)
    /// The master's process is stopped, as by SIGSTOP, and does nothing.
    case stopped(path: String, pid: Int32)
    /// The connection ended before the last event: the master went away, or dropped this client.
    case ended(path: String)
    /// The master's answer cannot be read.
    case unreadable(path: String)
    /// A system call failed, in the kernel's words.
    case failed(path: String, reason: String)

    /// The error and its remedy, in one line.
    package var message: String {
        switch self {
        case .noMaster(let path): "no master listens on \(path): start it with `deployd start`"
        case .notAllowed(let path): "permission to use \(path) is missing: be root, the master's user, or in its group"
        case .timedOut(let path, let time):
            "\(Self.master(at: path)) did not answer within \(time.components.seconds) s" + Self.killAdvice(path)
        case .stopped(let path, let pid):
            "the master at \(path) (pid \(pid)) is stopped, as by SIGSTOP, and does nothing: `kill -CONT \(pid)` resumes it. "
                + "It then finishes what it has begun, and drops what it has not begun by now"
        case .ended(let path): "the master at \(path) closed the connection before it was done"
        case .unreadable(let path):
            "the master at \(path) sent an answer that this version of deployd cannot read: use the version of the master"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }

    private static func holder(at path: String) -> Int32? {
        LockHolder.find(stateDirectory: Paths.parent(path))
    }

    private static func master(at path: String) -> String {
        "the master at \(path)" + (holder(at: path).map { " (pid \($0))" } ?? "")
    }

    private static func killAdvice(_ path: String) -> String {
        holder(at: path).map {
            ": if it does not recover, `kill -9 \($0)` ends it; its workers serve on, and `deployd start` takes them "
                + "over"
        } ?? ""
    }
}
