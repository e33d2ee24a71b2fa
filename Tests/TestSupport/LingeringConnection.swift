internal import Linux

/// A connection whose `close` waits: it has bytes to send that its peer does not read, and SO_LINGER for longer than any
/// test goes on. It ends when the peer does.
package final class LingeringConnection {
    private var peer: Socket?
    private var socket: Socket?
    /// The descriptor's number, lent until `letGo`.
    package let number: Int32

    /// Connects to a peer in this process, and sends as much as finds room.
    package init() throws {
        let listener = try Socket.stream(.v4)
        try listener.setReceiveBuffer(bytes: 4096)
        try listener.bind(.v4(.loopback, port: 0))
        try listener.listen(backlog: 1)
        let socket = try Socket.stream(.v4)
        _ = try socket.connect(try listener.localAddress())
        guard try Poll.readable(listener.number, timeout: .seconds(20)), case .accepted(let peer) = listener.accept()
        else { throw DeadlinePassed(description: "nobody connected") }
        let block = [UInt8](repeating: 1, count: 65536)
        while case .bytes = try socket.send(block) {}
        try socket.setLinger(seconds: 600)
        number = socket.number
        self.peer = consume peer
        self.socket = consume socket
    }

    /// Closes the descriptor here. Somebody else must have another one, else this waits.
    package func letGo() { socket = nil }

    /// Lets the peer go, which ends every wait.
    package func end() { peer = nil }

    deinit {
        end()
        letGo()
    }
}
