internal import DeployCore
internal import Linux

/// Where a worker of the einhorn protocol says that it is up: a stream socket of its own, whose path it finds in
/// `EINHORN_SOCK_PATH`.
///
/// It connects and writes one line: an object in JSON or, from Ruby's library, in YAML whose line ends are written %0A.
/// There is no answer. Source: einhorn, lib/einhorn/client.rb and lib/einhorn/worker.rb.
final class AcknowledgeSocket {
    /// So many connections at a time: a worker needs one, and makes it again when it was refused.
    private static let maxConnections = 4
    /// A longer line is none of the protocol.
    private static let maxLineBytes = 4096

    private let listener: Socket
    private var connections: [Connection] = []

    private final class Connection {
        let socket: Socket
        var line: [UInt8] = []

        init(_ socket: consuming Socket) { self.socket = socket }
    }

    /// The listening socket's number, lent, for epoll.
    var number: CInt { listener.number }

    /// Listens at `path`, where nothing may be; `owner` (nil: the master alone) may connect.
    init(at path: String, owner: UInt32?) throws(SystemError) {
        listener = try Socket.stream(.unix)
        WorkerSpawn.refuseDescriptors(listener)
        try WorkerSpawn.bind(listener, to: path, owner: owner)
        try listener.listen(backlog: Self.maxConnections)
    }

    /// Takes what has come. The connections are watched under the listener's own token, so that every event leads here.
    ///
    /// - Returns: whether the worker, or a process that may speak for it, said that it is up.
    func read(_ loop: EventLoop, _ token: Token, for worker: ProcessIdentity) -> Bool {
        while connections.count < Self.maxConnections, case .accepted(let socket) = listener.accept() {
            guard let sender = try? PeerCredentials(behind: socket), WorkerVoice.may(sender, speakFor: worker) else {
                continue
            }
            let connection = Connection(socket)
            guard (try? loop.add(connection.socket.number, .readable, token)) != nil else { break }
            connections.append(connection)
        }
        var isUp = false
        connections.removeAll { connection in
            let (line, isOver) = Self.advance(connection)
            if let line, Self.isAcknowledgement(line) { isUp = true }
            return isOver
        }
        return isUp
    }

    /// Reads a connection on: its line when it is whole, and whether the connection is done with.
    private static func advance(_ connection: Connection) -> (line: [UInt8]?, isOver: Bool) {
        var room = [UInt8](repeating: 0, count: maxLineBytes)
        while connection.line.count <= maxLineBytes {
            guard case .bytes(let count)? = try? connection.socket.receive(into: &room) else {
                return (nil, isOver: false)
            }
            if count == 0 { return (nil, isOver: true) }
            connection.line += room.prefix(count)
            if let end = connection.line.firstIndex(of: UInt8(ascii: "\n")) {
                return (Array(connection.line[..<end]), isOver: true)
            }
        }
        return (nil, isOver: true)
    }

    /// A line is an ACK, whatever pid it names: the socket is one worker's alone.
    static func isAcknowledgement(_ line: [UInt8]) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        guard let key = text.firstRange(of: "command") else { return false }
        let value = text[key.upperBound...].drop { "\"': ".contains($0) }
        return value.hasPrefix("worker:ack")
    }
}
