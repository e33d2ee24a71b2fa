package import Handoff
package import Linux

/// A kind of process that was examined and can be started.
package struct ResolvedProcess: Sendable, Equatable {
    /// What it is called.
    package var name: String
    /// The program, absolute.
    package var executable: String
    /// The arguments, the program's name as written in the manifest first.
    package var arguments: [String]
    /// The whole environment, but for what differs from process to process.
    package var environment: [String: String]
    /// How it is reached.
    package var socket: Manifest.Process.SocketRule
    /// How it is told of the socket that it inherits.
    package var inherit: SocketProtocol
    /// What tells it to finish and exit.
    package var drainSignal: Signal
}
