import Linux
import TLS
import TestSupport
import Testing

/// A client that keeps a connection over TLS between requests, by OpenSSL, and takes nothing but answers on it. Its handshake is made
/// once: when the server closes, or begins another one, a request fails.
final class SecureConnection {
    private let socket: Socket
    private let client: TLSClient
    private var received: [UInt8] = []

    /// Connects, and makes the handshake.
    init(_ address: String, host: String = "localhost") throws {
        let address = try #require(SocketAddress(parsing: address))
        let socket = try Socket.stream(address.family)
        _ = try socket.connect(address)
        _ = try Poll.writable(socket.number, timeout: .seconds(30))
        self.socket = socket
        client = try #require(TLSClient(host: host, try TLSLibrary.open()))
        while try !client.handshake() {
            try send()
            try more()
        }
        try send()
    }

    /// The end of the validity of the certificate that the server has shown, in seconds since 1970.
    var certificateEnd: Int64? { client.certificateEnd }

    /// Asks for a path, and reads the answer: its head, and its body.
    func get(_ path: String, host: String = "localhost") throws -> (head: String, body: String) {
        try client.write(Array("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8))
        try send()
        while true {
            if let answer = try ReceivedAnswer(atFrontOf: received) {
                received.removeFirst(answer.byteCount)
                return (answer.head, answer.body)
            }
            try more()
        }
    }

    private func send() throws {
        var rest = client.take()
        while !rest.isEmpty {
            guard case .bytes(let count) = try socket.send(rest) else {
                _ = try Poll.writable(socket.number, timeout: .seconds(30))
                continue
            }
            rest.removeFirst(count)
        }
    }

    private func more() throws {
        var part = [UInt8](repeating: 0, count: 16384)
        try #require(try Poll.readable(socket.number, timeout: .seconds(30)), "nothing came")
        guard case .bytes(let count) = try socket.receive(into: &part) else { return }
        try #require(count > 0, "the connection was closed")
        client.feed(Array(part.prefix(count)))
        guard client.isEstablished else { return }
        let read = try client.read()
        received += read.bytes
        try #require(!read.isAtEnd, "the connection was ended")
    }
}
