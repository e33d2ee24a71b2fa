internal import DeployCore
internal import Handoff
internal import Linux

/// A kind of process with everything that is needed to start and drain one of it, as `RunnableRelease` has it of the web
/// workers.
struct RunnableProcess: Codable, Equatable, Sendable {
    /// What it is called.
    let name: String
    /// How one is started, but for what differs from one to the next.
    let order: LaunchOrder
    /// How it is reached.
    let socket: Manifest.Process.SocketRule
    /// How it is told of the socket that it inherits.
    let inherit: SocketProtocol
    /// What tells it to finish and exit, when it does not read messages: a signal's number.
    let drainSignal: Int32
    /// The port that its generation was given; nil: none yet, or it needs none.
    var port: UInt16?

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
    }

    /// Where a generation's processes of this kind are reached; nil: nowhere.
    func address(in generation: GenerationNumber, _ directory: StateDirectory) -> SocketAddress? {
        if socket == .port { return port.map { .v4(.loopback, port: $0) } }
        return directory.processSocket(name, of: generation, socket).map { .unix(path: $0) }
    }
}

extension RunnableRelease {
    /// The kind of this name; nil: there is none.
    func process(_ name: String) -> RunnableProcess? { processes?.first { $0.name == name } }

    /// Where the kinds of a generation are reached, by their names, in order.
    func addresses(
        in generation: GenerationNumber, _ directory: StateDirectory
    ) -> [(name: String, address: SocketAddress)] {
        (processes ?? []).compactMap { process in
            process.address(in: generation, directory).map { (process.name, $0) }
        }
    }
}

/// What a generation's processes are told of where its kinds are reached.
struct ProcessAddresses {
    let all: [(name: String, address: SocketAddress)]
    /// The kind that is told; nil: the web workers.
    let own: RunnableProcess?

    /// The variables: one for each kind with a socket, and its own.
    var variables: [(name: String, value: String)] {
        var variables = all.map { (WorkerEnvironment.socket(of: $0.name), $0.address.description) }
        if let mine, case .unix(let path) = mine { variables.append((WorkerEnvironment.socket, path)) }
        if let port = mine?.port { variables.append((WorkerEnvironment.port, "\(port)")) }
        return variables
    }

    /// What the words of a command stand for.
    var words: [String: String] {
        var words = Dictionary(uniqueKeysWithValues: all.map { ("{socket:\($0.name)}", Self.plain($0.address)) })
        if let mine, case .unix(let path) = mine { words["{socket}"] = path }
        if let port = mine?.port { words["{port}"] = "\(port)" }
        return words
    }

    private var mine: SocketAddress? { all.first { $0.name == own?.name }?.address }

    /// As a program takes it in an argument: a unix socket is its bare path.
    private static func plain(_ address: SocketAddress) -> String {
        if case .unix(let path) = address { path } else { address.description }
    }
}
