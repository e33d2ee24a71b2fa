import Linux
import TestSupport
import Testing

@Suite("Streams")
struct StreamTests {
    private static func listener(_ address: SocketAddress, v6Only: Bool? = nil) throws -> Socket {
        let socket = try Socket.stream(address.family)
        if let v6Only { try socket.set(.v6Only, to: v6Only) }
        try socket.bind(address)
        try socket.listen(backlog: 16)
        return socket
    }

    /// A connection's two ends, as the listener and the client have them.
    private func connect(_ listener: borrowing Socket, _ target: SocketAddress) throws -> (server: Lane, client: Client)
    {
        let client = try Client(to: target)
        try client.waitUntilConnected()
        let number = listener.number
        _ = try Poll.readable(number, timeout: .seconds(10))
        guard case .accepted(let server) = listener.accept() else {
            throw SystemError(call: "accept", errno: .wouldBlock)
        }
        return (Lane(server), client)
    }

    private func exchange(_ listener: borrowing Socket, _ target: SocketAddress) throws {
        let (server, client) = try connect(listener, target)
        #expect(try client.socket.send([1, 2, 3]) == .bytes(3))
        var bytes = [UInt8](repeating: 0, count: 8)
        try wait(for: "the bytes") { try Poll.readable(server.socket.number, timeout: .seconds(1)) }
        #expect(try server.socket.receive(into: &bytes, peek: true) == .bytes(3))
        #expect(try server.socket.receive(into: &bytes) == .bytes(3))
        #expect(try server.socket.receive(into: &bytes) == .wouldBlock)
        #expect(bytes.prefix(3) == [1, 2, 3])
        #expect(try client.socket.peerAddress() == target)
        #expect(try server.socket.peerAddress().unmapped == client.address.unmapped)
        try server.socket.shutdown(.write)
        try wait(for: "the end") { try Poll.readable(client.socket.number, timeout: .seconds(1)) }
        #expect(try client.socket.receive(into: &bytes) == .bytes(0))
    }

    @Test("IPv4") func v4() throws {
        let listener = try Self.listener(.v4(.loopback, port: 0))
        try exchange(listener, listener.localAddress())
        let second = try Socket.stream(.v4)
        let address = try listener.localAddress()
        #expect(throws: SystemError(call: "bind", errno: .addressInUse, subject: "\(address)")) {
            try second.bind(address)
        }
    }

    @Test("IPv6 alone leaves IPv4 to others; dual stack takes both", arguments: [true, false])
    func v6(only: Bool) throws {
        let listener = try Self.listener(.v6(.any, port: 0, scope: 0), v6Only: only)
        let port = try #require(try listener.localAddress().port)
        try exchange(listener, .v6(.loopback, port: port, scope: 0))
        let v4 = SocketAddress.v4(.loopback, port: port)
        if only {
            let client = try Client(to: v4)
            #expect(throws: SystemError(call: "connect", errno: .connectionRefused)) { try client.waitUntilConnected() }
        } else {
            try exchange(listener, v4)
        }
    }

    @Test("A peer's window is told, and what is not sent can be limited")
    func window() throws {
        let listener = try Self.listener(.v4(.loopback, port: 0))
        let client = try Socket.stream(.v4)
        try client.setReceiveBuffer(bytes: 1024)
        _ = try client.connect(listener.localAddress())
        _ = try Poll.readable(listener.number, timeout: .seconds(10))
        guard case .accepted(let server) = listener.accept() else {
            throw SystemError(call: "accept", errno: .wouldBlock)
        }
        #expect((1...4096).contains(try server.peerWindow()))
        try server.setUnsentLimit(bytes: 16384)
        guard case .bytes(let count) = try server.send([UInt8](repeating: 0, count: 1_000_000)) else {
            throw SystemError(call: "send", errno: .wouldBlock)
        }
        #expect((16384...40000).contains(count))
        #expect(throws: SystemError.self) { try Socket.stream(.unix).peerWindow() }
        #expect((1...count).contains(try server.unacknowledged()))
        var (received, buffer) = (0, [UInt8](repeating: 0, count: 4096))
        try wait(for: "all of it") {
            if case .bytes(let count) = try client.receive(into: &buffer) { received += count }
            return try received == count && server.unacknowledged() == 0
        }
    }

    @Test("Unix sockets by path and by abstract name, with the peer's credentials")
    func unix() throws {
        let directory = try TemporaryDirectory()
        for address in [SocketAddress.unix(path: directory.path("s")), .abstract(name: directory.path)] {
            let listener = try Self.listener(address)
            #expect(try listener.localAddress() == address)
            let client = try Socket.stream(.unix)
            #expect(try client.connect(address) == .connected)
            #expect(try client.peerAddress() == address)
            #expect(try client.localAddress() == .unnamed)
            guard case .accepted(let server) = listener.accept() else {
                throw SystemError(call: "accept", errno: .wouldBlock)
            }
            let peer = try PeerCredentials(behind: server)
            #expect(peer == PeerCredentials(pid: ThisProcess.pid, uid: ThisProcess.uid, gid: ThisProcess.gid))
            #expect(try server.send([1]) == .bytes(1))
        }
        #expect(Files.kind(directory.path("s")) == .socket)
    }

    @Test("A unix listener whose queue is full is an error at once, never a connect in progress")
    func fullQueue() throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(path: directory.path("s"))
        let listener = try Socket.stream(.unix)
        try listener.bind(address)
        try listener.listen(backlog: 0)
        var clients: [Lane] = []
        #expect(throws: SystemError(call: "connect", errno: .wouldBlock, subject: "\(address)")) {
            for _ in 0..<10 {
                let client = Lane(try Socket.stream(.unix))
                #expect(try client.socket.connect(address) == .connected)
                clients.append(client)
            }
        }
    }

    @Test("A path without a socket, and one that nobody listens on, are errors")
    func nobodyThere() throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(path: directory.path("s"))
        let client = try Socket.stream(.unix)
        #expect(throws: SystemError(call: "connect", errno: .notFound, subject: "\(address)")) {
            try client.connect(address)
        }
        do { try Socket.stream(.unix).bind(address) }
        #expect(throws: SystemError(call: "connect", errno: .connectionRefused, subject: "\(address)")) {
            try client.connect(address)
        }
    }

    @Test("sendFile sends a part of a file and moves the offset on")
    func sendFile() throws {
        let directory = try TemporaryDirectory()
        let file = try Files.open(try directory.write("file", "0123456789"))
        let pair = try SocketPair(.stream)
        var offset = 3
        #expect(try pair.first.sendFile(from: file, offset: &offset, count: 4) == .bytes(4))
        #expect(offset == 7)
        #expect(try pair.first.sendFile(from: file, offset: &offset, count: 100) == .bytes(3))
        #expect(try pair.first.sendFile(from: file, offset: &offset, count: 100) == .bytes(0))
        #expect(offset == 10)
        var bytes = [UInt8](repeating: 0, count: 20)
        #expect(try pair.second.receive(into: &bytes) == .bytes(7))
        #expect(bytes.prefix(7) == Array("3456789".utf8)[...])
    }

    @Test("A peer that is gone is an error for the sender, not a signal")
    func gone() throws {
        let ends = try SocketPair(.stream).ends()
        let first = Socket(adopting: FileDescriptor(owning: ends.first))
        do { _ = FileDescriptor(owning: ends.second) }
        #expect(throws: SystemError(call: "send", errno: .brokenPipe)) {
            try wait(
                for: "the peer to be gone",
                until: {
                    _ = try first.send([1]); return false
                })
        }
    }

    @Test("A sender that fills the buffers is told to wait")
    func full() throws {
        let pair = try SocketPair(.stream)
        try pair.first.setSendBuffer(bytes: 4096)
        let block = [UInt8](repeating: 1, count: 65536)
        var sent = 0
        while case .bytes(let count) = try pair.first.send(block) { sent += count }
        #expect(sent > 0)
    }
}
