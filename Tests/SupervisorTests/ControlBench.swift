import Linux
import TestSupport

@testable import Supervisor

/// A control server on a real socket, in the hands of a test: time stands still unless the test moves it, and the loop
/// turns only when the test says so. What a client did before a turn, the turn sees: unix sockets deliver at once.
final class ControlBench {
    private let folder: TemporaryDirectory
    let path: String
    /// In the middle of a loop's token space, to find tokens that are computed wrongly.
    static let baseToken: UInt64 = 7 << 48
    var now: Duration = .seconds(1000)
    private var epoll: Epoll
    private var server: ControlServer

    init(group: UInt32? = nil) throws {
        folder = try TemporaryDirectory()
        path = ControlSocketFile.path(in: folder.path)
        epoll = try Epoll(capacity: 256)
        server = try ControlServer(
            at: path, access: ControlAccess(owner: ThisProcess.uid, group: group), baseToken: Self.baseToken, on: epoll)
    }

    var directory: String { folder.path }
    var clientCount: Int { server.clientCount }
    var nextDeadline: Duration? { server.nextDeadline }

    /// One turn of the loop, without waiting.
    @discardableResult
    func turn() throws -> [ControlInput] {
        let count = try epoll.wait(timeout: .zero)
        var inputs: [ControlInput] = []
        for index in 0..<count {
            let ready = epoll.ready(index)
            guard server.owns(ready.token) else { fatalError("a token that is not the server's: \(ready.token)") }
            inputs += server.handleReady(ready, on: epoll, at: now)
        }
        return inputs
    }

    /// Turns until nothing more happens.
    @discardableResult
    func turnUntilQuiet() throws -> [ControlInput] {
        var inputs: [ControlInput] = []
        while try epoll.wait(timeout: .zero) > 0 { inputs += try turn() }
        return inputs
    }

    /// The requests of the turns until nothing more happens.
    func requests() throws -> [ControlRequestReceived] {
        try turnUntilQuiet().compactMap { input in
            if case .request(let request) = input { request } else { nil }
        }
    }

    func handle(lateEventWith token: UInt64) -> [ControlInput] {
        let count = (try? epoll.wait(timeout: .zero)) ?? 0
        return (0..<count).flatMap { index in
            let ready = epoll.ready(index)
            return ready.token == token ? server.handleReady(ready, on: epoll, at: now) : []
        }
    }

    func send(_ event: ControlEvent, to client: ControlClientID) {
        server.send(event, to: client, on: epoll, at: now)
    }

    func close(_ client: ControlClientID) { server.close(client) }

    func expire() -> [ControlInput] { server.expire(on: epoll, at: now) }
}

/// A client without manners: it sends what bytes it likes.
struct RawControlClient: ~Copyable {
    let socket: Socket

    init(_ bench: ControlBench) throws {
        let socket = try Socket.stream(.unix)
        _ = try socket.connect(.unix(path: bench.path))
        self.socket = socket
    }

    /// Says as much of `text` as the kernel takes, and how much that was.
    @discardableResult
    borrowing func say(_ text: String) throws -> Int {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            guard case .bytes(let count) = try socket.send(Array(bytes[sent...])) else { break }
            sent += count
        }
        return sent
    }

    /// What has come until now: the events, and whether the connection has ended.
    borrowing func hear() throws -> (events: [ControlEvent], ended: Bool) {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        var ended = false
        // A reset counts as an end: the server may close without reading what it was sent.
        while !ended {
            guard case .bytes(let count) = (try? socket.receive(into: &part)) ?? .bytes(0) else { break }
            bytes += part[..<count]
            ended = count == 0
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        return (try lines.map { try ControlLine.event(from: $0) }, ended)
    }
}
