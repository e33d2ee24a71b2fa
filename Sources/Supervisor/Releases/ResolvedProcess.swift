package import DeployCore
package import Handoff
package import Linux

/// A kind of process that was examined and can be started.
package struct ResolvedProcess: Sendable, Equatable {
    /// The name of the kind.
    package var name: String
    /// The absolute path of the program.
    package var executable: String
    /// The arguments, the program's name as written in the manifest first.
    package var arguments: [String]
    /// The whole environment, but for what differs from process to process.
    package var environment: [String: String]
    /// The way in which others reach it.
    package var socket: Manifest.Process.SocketRule
    /// The way in which it is told of its inherited socket.
    package var inherit: SocketProtocol
    /// The signal that asks it to finish and exit.
    package var drainSignal: Signal
    /// When it is started; nil: it always runs.
    package var job: JobPlan? = nil
}
