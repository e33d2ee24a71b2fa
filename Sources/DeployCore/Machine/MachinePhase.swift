/// Where the machine as a whole stands.
package enum MachinePhase: Equatable, Sendable {
    /// Serves, or tries to. → stopping
    case running
    /// Ends every generation, then the master, with this code. → ended
    case stopping(code: Int)
    /// The master was told to exit, with this code.
    case ended(code: Int)

    /// The code with which the master exits, or would; 0 while it runs.
    var exitCode: Int {
        switch self {
        case .running: 0
        case .stopping(let code), .ended(let code): code
        }
    }

    var hasEnded: Bool {
        if case .ended = self { true } else { false }
    }
}
