import Linux
import TestSupport
import Testing

/// A client that keeps its connection between requests, and takes nothing but answers on it.
final class KeptConnection {
    /// An answer with a Content-Length.
    struct Answer {
        let head: String
        let body: String
        /// Whether the server says that it closes.
        var closes: Bool { head.lowercased().contains("\r\nconnection: close\r\n") }
    }

    private let socket: Socket
    private var received: [UInt8] = []

    /// Connects, from an address of this machine; a listener's address as `deployd.json` has it.
    init(_ address: String, from source: String? = nil) throws {
        let address = try #require(SocketAddress(parsing: address))
        let socket = try Socket.stream(address.family)
        if let source = source.flatMap({ IPv4Address($0) }) { try socket.bind(.v4(source, port: 0)) }
        _ = try socket.connect(address)
        _ = try Poll.writable(socket.number, timeout: .seconds(30))
        self.socket = socket
    }

    /// Asks for a path, and reads the answer.
    func get(_ path: String) throws -> Answer {
        try send("GET \(path) HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n")
        return try answer()
    }

    /// Sends a request, or a part of one.
    func send(_ text: String) throws { _ = try socket.send(Array(text.utf8)) }

    /// Reads an answer.
    func answer() throws -> Answer {
        while true {
            if let answer = try ReceivedAnswer(atFrontOf: received) {
                received.removeFirst(answer.byteCount)
                return Answer(head: answer.head, body: answer.body)
            }
            try more()
        }
    }

    /// Asks for server-sent events, and reads until `text` came.
    func beginEvents(_ path: String, until text: String) throws {
        _ = try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n".utf8))
        while received.firstRange(of: Array(text.utf8)) == nil { try more() }
    }

    /// Reads events to their clean end: the last chunk. All that came, with its chunks' sizes.
    func endOfEvents() throws -> String {
        while !received.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8) { try more() }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private func more() throws {
        var part = [UInt8](repeating: 0, count: 16384)
        #expect(try Poll.readable(socket.number, timeout: .seconds(30)), "nothing came")
        guard case .bytes(let count) = try socket.receive(into: &part) else { return }
        try #require(count > 0, "the connection was closed")
        received += part.prefix(count)
    }
}
