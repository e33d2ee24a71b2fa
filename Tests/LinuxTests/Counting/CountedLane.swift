import Linux
import TestSupport
import Testing

/// A listener whose answers the kernel counts, and the two ends of connections to it, in the hands of one test.
final class CountedLane {
    static let slot = 5

    let counter: AnswerCounter
    let lane: Lane
    let address: SocketAddress

    /// Where the kernel does not let us, the test says so and ends.
    init(at address: SocketAddress = .v4(.loopback, port: 0)) throws {
        counter = try KernelCounting.require()
        lane = Lane(try Socket.stream(address.family))
        if address.family == .v6 { try lane.socket.set(.v6Only, to: false) }
        try lane.socket.bind(address)
        try lane.socket.listen(backlog: 100)
        self.address = try lane.socket.localAddress()
        try counter.count(lane.socket.number, in: Self.slot)
    }

    var counts: AnswerCounts { get throws { try counter.counts(in: Self.slot) } }

    /// The answers by class, the informational ones first.
    var classes: [Int] {
        get throws {
            let counts = try counts
            return (1...5).map { counts.answers(class: $0) }
        }
    }

    /// A new connection, from an address and port of its own or from any.
    func connect(_ client: Client? = nil, to target: SocketAddress? = nil) throws -> CountedConnection {
        let client = try client ?? Client(from: (target ?? address).withPort(0))
        try client.connect(to: target ?? address)
        try client.waitUntilConnected()
        let server = try wait(for: "the connection") { () -> Lane? in
            if case .accepted(let socket) = lane.socket.accept() { Lane(socket) } else { nil }
        }
        return CountedConnection(client: client, server: server)
    }
}

/// A connection with both its ends.
final class CountedConnection {
    private(set) var client: Client?
    private(set) var server: Lane?

    init(client: Client, server: Lane) {
        (self.client, self.server) = (client, server)
    }

    /// The client says this in one segment, and the server has it.
    func ask(_ text: String = "GET / HTTP/1.1\r\n\r\n") throws {
        guard let client, let server else { return }
        try Self.carry(Array(text.utf8), from: client.socket, to: server.socket)
    }

    /// The server says this in one segment, and the client has it.
    func answer(_ text: String = "HTTP/1.1 200 OK\r\n\r\n") throws {
        guard let client, let server else { return }
        try Self.carry(Array(text.utf8), from: server.socket, to: client.socket)
    }

    private static func carry(_ bytes: [UInt8], from sender: borrowing Socket, to receiver: borrowing Socket) throws {
        try #require(try sender.send(bytes) == .bytes(bytes.count))
        var (left, room) = (bytes.count, [UInt8](repeating: 0, count: 65536))
        try wait(for: "\(bytes.count) bytes") {
            if case .bytes(let count) = try receiver.receive(into: &room) { left -= count }
            return left == 0
        }
    }

    /// The client goes with RST.
    func leave() { client = nil }

    /// The server closes.
    func close() { server = nil }
}
