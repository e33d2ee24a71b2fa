/// Why the command cannot talk to the master.
package enum ControlError: Error, Equatable, Sendable {
    /// Nobody listens at the path.
    case noMaster(path: String)
    /// The path exists, and this user may not connect to it.
    case notAllowed(path: String)
    /// The master took or gave nothing for so long.
    case timedOut(path: String, after: Duration)
    /// The connection ended before the last event: the master went away, or dropped this client.
    case ended(path: String)
    /// The master's answer cannot be read.
    case unreadable(path: String)
    /// A system call failed, in the kernel's words.
    case failed(path: String, reason: String)

    /// What went wrong and what to do, in one line.
    package var message: String {
        switch self {
        case .noMaster(let path): "no master listens on \(path): start it with `deployd start`"
        case .notAllowed(let path): "permission to use \(path) is missing: be root, the master's user, or in its group"
        case .timedOut(let path, let time):
            "the master at \(path) did not answer within \(time.components.seconds) s: try again; where it hangs, kill it, and "
                + "`deployd start` goes on with its workers"
        case .ended(let path): "the master at \(path) closed the connection before it was done: see `deployd status`"
        case .unreadable(let path):
            "the master at \(path) answered what this version of deployd cannot read: use the version that it is"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }
}
