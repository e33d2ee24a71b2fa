internal import DeployCore
internal import Handoff
internal import Linux

/// A kind of process with everything that is needed to start and drain one of it, as `RunnableRelease` has it of the web
/// workers.
struct RunnableProcess: Codable, Equatable, Sendable {
    let name: String
    /// The order for one of its processes, but for what differs from one to the next.
    var order: LaunchOrder
    let socket: Manifest.Process.SocketRule
    let inherit: SocketProtocol
    /// The number of the signal that asks a process to finish, if it reads no messages.
    let drainSignal: Int32
    /// The port that its generation was given; nil: none yet, or it needs none.
    var port: UInt16?
    /// When it is started; nil: it always runs, or from before there was a choice.
    let job: JobPlan?

    /// A kind of a release that was resolved; directory, account, umask and limits are the release's.
    init(_ resolved: ResolvedProcess, like release: LaunchOrder) {
        name = resolved.name
        var order = release
        order.executable = resolved.executable
        order.arguments = resolved.arguments
        order.environment = resolved.environment.map { "\($0.key)=\($0.value)" }.sorted()
        self.order = order
        socket = resolved.socket
        inherit = resolved.inherit
        drainSignal = resolved.drainSignal.rawValue
        job = resolved.job
    }

    /// The address of a generation's processes of this kind; nil if they have none.
    func address(in generation: GenerationNumber, _ directory: StateDirectory) -> SocketAddress? {
        if socket == .port { return port.map { .v4(.loopback, port: $0) } }
        return directory.processSocket(name, of: generation, socket).map { .unix(path: $0) }
    }
}

extension RunnableRelease {
    /// The kind of this name; nil: there is none.
    func process(_ name: String) -> RunnableProcess? { processes?.first { $0.name == name } }

    /// The addresses of a generation's kinds, by name, in order.
    func addresses(
        in generation: GenerationNumber, _ directory: StateDirectory
    ) -> [(name: String, address: SocketAddress)] {
        (processes ?? []).compactMap { process in
            process.address(in: generation, directory).map { (process.name, $0) }
        }
    }
}
