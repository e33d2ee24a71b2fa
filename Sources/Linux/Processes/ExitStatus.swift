/// The way in which a process ended.
package enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
    /// By itself, with a code from 0 to 255.
    case exited(code: Int)
    /// A signal killed it.
    case signalled(Signal, dumpedCore: Bool)

    /// "exited with code 1", "was killed by SIGKILL".
    package var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal, let dumped): "was killed by \(signal)\(dumped ? " (core dumped)" : "")"
        }
    }
}
