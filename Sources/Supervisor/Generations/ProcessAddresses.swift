internal import DeployCore
internal import Handoff
internal import Linux

/// The addresses of a generation's kinds of processes, as its processes are told them.
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

    /// The values of the placeholders in a command.
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
