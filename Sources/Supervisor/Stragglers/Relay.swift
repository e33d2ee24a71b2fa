internal import Linux

/// A straggler's connection, carried byte by byte to the generation that serves now.
///
/// A straggler came through a lane whose generation is gone: its handshake was half-way at a cut-over. It is a rare guest,
/// so the copying is plain; a connection that every user takes never passes here.
final class Relay {
    /// One direction: what was read and is not yet written.
    private struct Pipe {
        static let capacity = 64 << 10
        var waiting: [UInt8] = []
        var sourceEnded = false
        var ended = false
        var wantsInput: Bool { !sourceEnded && waiting.count < Self.capacity }
    }

    private let client: Socket
    private let server: Socket
    private var toServer = Pipe()
    private var toClient = Pipe()

    /// The two descriptors' numbers, lent, for epoll.
    var numbers: (client: CInt, server: CInt) { (client.number, server.number) }

    /// Takes a straggler over, and begins to connect to `address`, where steering takes the new connection on. Where there is
    /// no descriptor for that, the straggler stays in its box.
    init(_ straggler: Socket.Box, to address: SocketAddress) throws(SystemError) {
        let server = try Socket.stream(address.family)
        guard let client = straggler.take() else { throw SystemError(call: "relay", errno: .invalid) }
        self.client = client
        self.server = server
        _ = try self.server.connect(address)
    }

    /// Goes on with a relay that this process had before it became this program, when nothing was on its way.
    init(adopting client: consuming Socket, _ server: consuming Socket) {
        self.client = client
        self.server = server
    }

    /// The ends that epoll watches; one of which nothing is awaited is taken out, since it would report its end for
    /// ever.
    var isWatched = (client: false, server: false)

    /// Every byte that was read has been passed on.
    var isEmpty: Bool { toServer.waiting.isEmpty && toClient.waiting.isEmpty }

    /// The events to wait for at each end.
    var interest: (client: Epoll.Interest, server: Epoll.Interest) {
        (interest(reading: toServer, writing: toClient), interest(reading: toClient, writing: toServer))
    }

    private func interest(reading source: Pipe, writing target: Pipe) -> Epoll.Interest {
        var interest: Epoll.Interest = []
        if source.wantsInput { interest.insert(.readable) }
        if !target.waiting.isEmpty { interest.insert(.writable) }
        return interest
    }

    /// Copies what can be copied; false when the connection is over.
    func advance() -> Bool {
        do {
            try Self.copy(&toServer, from: client, to: server)
            try Self.copy(&toClient, from: server, to: client)
        } catch {
            return false
        }
        return !(toServer.ended && toClient.ended)
    }

    private static func copy(
        _ pipe: inout Pipe, from source: borrowing Socket, to target: borrowing Socket
    ) throws(SystemError) {
        var room = [UInt8](repeating: 0, count: 16 << 10)
        while pipe.wantsInput, case .bytes(let count) = try source.receive(into: &room) {
            if count == 0 { pipe.sourceEnded = true } else { pipe.waiting += room.prefix(count) }
        }
        while !pipe.waiting.isEmpty {
            let sent: Transfer
            // Not connected yet: epoll says when it is.
            do { sent = try target.send(pipe.waiting) } catch  where error.errno == .notConnected { return }
            guard case .bytes(let count) = sent else { return }
            pipe.waiting.removeFirst(count)
        }
        if pipe.sourceEnded && !pipe.ended {
            try target.shutdown(.write)
            pipe.ended = true
        }
    }
}
