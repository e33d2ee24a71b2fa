import Linux

@testable import WebWorker

/// A client that waits for what it reads, ten seconds at most, and never longer.
final class TestClient {
    struct Failure: Error { let text: String }

    /// An answer, taken apart.
    struct Answer: Equatable {
        let status: Int
        let head: String
        let body: String

        func has(_ field: String) -> Bool { head.lowercased().contains("\r\n" + field.lowercased() + "\r\n") }
    }

    private let socket: Socket
    private var received: [UInt8] = []

    /// Connects, from an address of this machine. `room` is how much it lets arrive before it reads, in bytes; nil: as much as
    /// the kernel likes.
    init(_ address: SocketAddress, room: Int? = nil, from source: String? = nil) throws {
        let socket = try Socket.stream(address.family)
        if let source = source.flatMap({ IPv4Address($0) }) { try socket.bind(.v4(source, port: 0)) }
        if let room { try socket.setReceiveBuffer(bytes: room) }
        if try socket.connect(address) == .inProgress {
            guard try Poll.writable(socket.number, timeout: .seconds(60)), try socket.takeError() == nil else {
                throw Failure(text: "not connected")
            }
        }
        self.socket = socket
    }

    /// Where it connects from.
    var localAddress: SocketAddress { get throws { try socket.localAddress() } }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch try socket.send(Array(rest)) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock:
                guard try Poll.writable(socket.number, timeout: .seconds(60)) else { throw Failure(text: "not taken") }
            }
        }
    }

    /// Says that nothing more is sent, and goes on reading.
    func endSending() throws { try socket.shutdown(.write) }

    /// Ends both directions: what a close is to the other side.
    func close() { try? socket.shutdown(.both) }

    /// Reads one answer; `toHead` for one that has no body.
    func answer(toHead: Bool = false) throws -> Answer {
        let separator = Array("\r\n\r\n".utf8)
        while received.firstRange(of: separator) == nil { try more() }
        guard let end = received.firstRange(of: separator) else { throw Failure(text: "no head") }
        let head = String(decoding: received[..<end.upperBound], as: UTF8.self)
        let length =
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst(16)) } ?? 0
        let count = toHead ? 0 : length
        while received.count < end.upperBound + count { try more() }
        let body = String(decoding: received[end.upperBound..<end.upperBound + count], as: UTF8.self)
        received.removeFirst(end.upperBound + count)
        return Answer(status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head, body: body)
    }

    /// Reads a body in chunks to its end: the pieces as they were cut.
    func chunks() throws -> [String] {
        var pieces: [String] = []
        while true {
            while received.firstRange(of: Array("\r\n".utf8)) == nil { try more() }
            guard let end = received.firstRange(of: Array("\r\n".utf8)),
                let size = Int(String(decoding: received[..<end.lowerBound], as: UTF8.self), radix: 16)
            else { throw Failure(text: "no chunk: \(String(decoding: received.prefix(20), as: UTF8.self))") }
            let last = end.upperBound + size
            while received.count < last + 2 { try more() }
            guard received[last..<last + 2].elementsEqual("\r\n".utf8) else { throw Failure(text: "no chunk's end") }
            if size > 0 { pieces.append(String(decoding: received[end.upperBound..<last], as: UTF8.self)) }
            received.removeFirst(last + 2)
            if size == 0 { return pieces }
        }
    }

    /// Sends what the server takes at once, and says how many bytes that was.
    func sendNow(_ bytes: [UInt8]) throws -> Int {
        guard case .bytes(let count) = try socket.send(bytes) else { return 0 }
        return count
    }

    /// Reads until the server has closed; says what came before. Fails on a reset.
    func rest() throws -> String { String(decoding: try restBytes(), as: UTF8.self) }

    /// The same as bytes.
    func restBytes() throws -> [UInt8] {
        while try read() > 0 {}
        defer { received = [] }
        return received
    }

    /// Reads until `isEnough` of what has come and is not used.
    func received(until isEnough: ([UInt8]) throws -> Bool) throws -> [UInt8] {
        while try !isEnough(received) { try more() }
        return received
    }

    /// Whether the server neither sends nor closes now.
    func isQuiet() throws -> Bool { try !Poll.readable(socket.number, timeout: .zero) }

    /// Whether the server sends or closes within `time`.
    func hasAnswer(_ time: Duration) throws -> Bool { try Poll.readable(socket.number, timeout: time) }

    private func more() throws {
        if try read() == 0 { throw Failure(text: "closed, after \(String(decoding: received, as: UTF8.self))") }
    }

    private func read() throws -> Int {
        guard try Poll.readable(socket.number, timeout: .seconds(60)) else { throw Failure(text: "nothing came") }
        var part = [UInt8](repeating: 0, count: 65536)
        guard case .bytes(let count) = try socket.receive(into: &part) else { return try read() }
        received += part.prefix(count)
        return count
    }
}

/// A small application for the live tests.
func testApplication() -> Application {
    var app = Application()
    app.get("/hello", always: Response(text: "hello"))
    app.get("/hello/:name") { request in Response(text: "hello, \(request.parameters["name"] ?? "?")") }
    app.post("/echo") { request in Response(body: request.body, type: request.headers["content-type"]) }
    return app
}
