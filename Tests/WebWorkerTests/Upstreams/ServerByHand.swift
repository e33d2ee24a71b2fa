import Linux
import TestSupport

@testable import WebWorker

/// A server behind the worker whose every move the test makes.
final class ServerByHand {
    struct Failure: Error { let text: String }

    let address: SocketAddress
    private let listener: Socket

    /// Listens on a free port, or at `address`. `room` is how much it lets arrive before it reads, in bytes; nil: as much
    /// as the kernel likes.
    init(_ address: SocketAddress = .v4(.loopback, port: 0), backlog: Int = 128, room: Int? = nil) throws {
        let listener = try Socket.stream(address.family)
        if let room { try listener.setReceiveBuffer(bytes: room) }
        if address.port != nil { try listener.set(.reuseAddress, to: true) }
        try listener.bind(address)
        try listener.listen(backlog: backlog)
        self.address = try listener.localAddress()
        self.listener = listener
    }

    /// The next connection, awaited.
    func accept() throws -> Peer {
        guard try Poll.readable(listener.number, timeout: .seconds(60)) else { throw Failure(text: "nobody came") }
        guard case .accepted(let socket) = listener.accept() else { throw Failure(text: "nobody came after all") }
        return Peer(socket)
    }

    /// Whether nobody waits to be accepted now.
    func isQuiet() throws -> Bool { try !Poll.readable(listener.number, timeout: .zero) }

    /// A connection from the worker.
    final class Peer {
        let socket: Socket
        private var received: [UInt8] = []

        init(_ socket: consuming Socket) { self.socket = socket }

        /// The same as a client of `address`.
        convenience init(to address: SocketAddress, room: Int? = nil) throws {
            let socket = try Socket.stream(address.family)
            if let room { try socket.setReceiveBuffer(bytes: room) }
            if try socket.connect(address) == .inProgress {
                guard try Poll.writable(socket.number, timeout: .seconds(60)), try socket.takeError() == nil else {
                    throw Failure(text: "not connected")
                }
            }
            self.init(socket)
        }

        /// Reads until `end` has come, and takes all that is here until then.
        func read(until end: String = "\r\n\r\n") throws -> String {
            let wanted = Array(end.utf8)
            while received.firstRange(of: wanted) == nil { try more() }
            guard let range = received.firstRange(of: wanted) else { throw Failure(text: "no \(end)") }
            defer { received.removeFirst(range.upperBound) }
            return String(decoding: received[..<range.upperBound], as: UTF8.self)
        }

        /// Reads an answer that has a Content-Length, and gives its status.
        func status() throws -> Int {
            let head = try read()
            let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
            _ = try read(length.flatMap { Int($0.dropFirst(16)) } ?? 0)
            return Int(head.dropFirst(9).prefix(3)) ?? 0
        }

        /// Reads `count` bytes.
        func read(_ count: Int) throws -> [UInt8] {
            while received.count < count { try more() }
            defer { received.removeFirst(count) }
            return Array(received[..<count])
        }

        /// Whether the other side has closed, awaited; what came before is read, and kept.
        func isClosed() -> Bool {
            do {
                while true { try more() }
            } catch let failure as Failure {
                return failure.text.hasPrefix("closed")
            } catch {
                return true  // Reset.
            }
        }

        /// All that came and was not read.
        var rest: String { String(decoding: received, as: UTF8.self) }

        /// Sends `bytes` again and again, `total` bytes in all at most, until for a while nothing is taken. Returns how
        /// many were.
        func sendWhileTaken(_ bytes: [UInt8], upTo total: Int) throws -> Int {
            var sent = 0
            while sent < total, try Poll.writable(socket.number, timeout: .milliseconds(300)) {
                sent += try sendNow(Array(bytes.prefix(total - sent)))
            }
            return sent
        }

        /// Sends what is taken at once.
        func sendNow(_ bytes: [UInt8]) throws -> Int {
            guard !bytes.isEmpty, case .bytes(let count) = try socket.send(bytes) else { return 0 }
            return count
        }

        /// Reads what is here, up to `limit` bytes, without keeping it; returns how much that was.
        func skip(upTo limit: Int = 65_536) throws -> Int {
            guard received.isEmpty else {
                defer { received = [] }
                return received.count
            }
            var buffer = [UInt8](repeating: 0, count: limit)
            guard case .bytes(let count) = try socket.receive(into: &buffer) else { return 0 }
            return count
        }

        private func more() throws {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            guard try Poll.readable(socket.number, timeout: .seconds(60)) else { throw Failure(text: "nothing came") }
            guard case .bytes(let count) = try socket.receive(into: &buffer), count > 0 else {
                throw Failure(text: "closed, after \(String(decoding: received, as: UTF8.self))")
            }
            received += buffer[..<count]
        }

        func send(_ text: String) throws { try send(Array(text.utf8)) }

        func send(_ bytes: [UInt8]) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                switch try socket.send(Array(rest)) {
                case .bytes(let count): rest = rest.dropFirst(count)
                case .wouldBlock:
                    guard try Poll.writable(socket.number, timeout: .seconds(60)) else {
                        throw Failure(text: "not taken")
                    }
                }
            }
        }

        func endSending() throws { try socket.shutdown(.write) }

        func close() { try? socket.shutdown(.both) }
    }
}
