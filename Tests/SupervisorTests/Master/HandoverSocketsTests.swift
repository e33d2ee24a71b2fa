import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("The hand-over sockets that the master holds")
struct HandoverSocketsTests {
    private let place: TemporaryDirectory
    private let directory: StateDirectory
    private let sockets: HandoverSockets

    init() throws {
        place = try TemporaryDirectory()
        directory = StateDirectory(root: place.path, runtime: place.path)
        sockets = HandoverSockets(directory, keeper: LaneKeeper(at: nil))
    }

    private let first = GenerationNumber(rawValue: 1)
    private let second = GenerationNumber(rawValue: 2)

    /// Sends a connection (any descriptor will do here) to a generation.
    private func send(_ read: String, over line: HandoverLine) throws {
        let message = HandoverMessage(read: [Array(read.utf8)])
        #expect(try line.socket.sendMessage(message.bytes, descriptors: [0]) == .bytes(message.bytes.count))
    }

    @Test("Only the master's user can reach a socket by its path")
    func mode() throws {
        try sockets.open(for: first)
        #expect(try Files.status(directory.handoverSocket(of: first)).mode & 0o777 == 0o600)
    }

    @Test("What is in a retired socket's queue is still there, and nothing comes behind it")
    func retired() throws {
        try sockets.open(for: first)
        let line = try #require(sockets.line(to: first, version: 1))
        try send("a", over: line)
        #expect(sockets.retire(first))
        #expect(!sockets.retire(first))
        #expect(throws: SystemError(call: "sendmsg", errno: .brokenPipe)) { try send("b", over: line) }
        #expect(sockets.line(to: first, version: 1) == nil)
        let left = try #require(sockets.release(first))
        defer { for message in left.messages { left.closing.close(message.descriptors) } }
        #expect(left.messages.map { HandoverMessage(parsing: $0.bytes)?.read } == [[Array("a".utf8)]])
        #expect(left.messages.map(\.descriptors.count) == [1])
    }

    @Test("A released socket is gone, and what is sent to it stays the sender's")
    func released() throws {
        try sockets.open(for: first)
        let line = try #require(sockets.line(to: first, version: 1))
        #expect(try #require(sockets.release(first)).messages.isEmpty)
        #expect(sockets.number(of: first) == nil)
        #expect(Files.kind(directory.handoverSocket(of: first)) == nil)
        // (The thread that has read it lets go of it a moment later.)
        try wait(for: "the socket to be gone") {
            do { try send("a", over: line) } catch let error as SystemError { return error.errno == .connectionRefused }
            return false
        }
        #expect(sockets.release(first) == nil)
    }

    @Test("What waits in a queue is taken out while its generation lives, and more may come behind it")
    func takenOut() throws {
        try sockets.open(for: first)
        #expect(sockets.takeOut(first).map(\.messages.count) == nil, "nothing waits")
        let line = try #require(sockets.line(to: first, version: 1))
        for text in ["a", "b"] {
            try send(text, over: line)
            let left = try #require(sockets.takeOut(first))
            defer { for message in left.messages { left.closing.close(message.descriptors) } }
            #expect(left.messages.map { HandoverMessage(parsing: $0.bytes)?.read } == [[Array(text.utf8)]])
        }
        #expect(!sockets.isRetired(first) && sockets.isRetired(second))
    }

    @Test("Nobody waits for the closing of what workers left, the leavings of another generation included")
    func lingering() throws {
        let connection = try LingeringConnection()
        try sockets.open(for: first)
        let line = try #require(sockets.line(to: first, version: 1))
        let message = HandoverMessage(read: [[]])
        // More descriptors than a message may have: it is not passed on.
        let many = [connection.number] + Array(repeating: 0, count: HandoverMessage.maxConnections)
        _ = try line.socket.sendMessage(message.bytes, descriptors: many)
        connection.letGo()
        try send("a", over: line)
        let left = try #require(sockets.release(first))
        #expect(left.messages.map(\.descriptors.count) == [1])
        #expect(left.closing.count == many.count)
        try sockets.open(for: second)
        try send("b", over: try #require(sockets.line(to: second, version: 1)))
        let other = try #require(sockets.release(second))
        for message in other.messages { other.closing.close(message.descriptors) }
        try wait(for: "the other's close") { other.closing.count == 0 }
        #expect(left.closing.count == many.count)
        connection.end()
        for message in left.messages { left.closing.close(message.descriptors) }
        try wait(for: "the close") { left.closing.count == 0 }
    }

    @Test("What a generation left goes on to the next, as fast as that takes it")
    func forwarded() throws {
        try sockets.open(for: first)
        try sockets.open(for: second)
        let (old, new) = (
            try #require(sockets.line(to: first, version: 1)), try #require(sockets.line(to: second, version: 1))
        )
        try send("a", over: old)
        try send("b", over: old)
        var filling = 0
        while case .bytes = try new.socket.sendMessage([0]) { filling += 1 }
        let forward = HandoverForward(try #require(sockets.release(first)), of: first, over: new)
        #expect(!forward.advance())
        let receiver = try #require(sockets.number(of: second))
        let port = Socket(adopting: try FileDescriptor(lent: receiver))
        for _ in 0..<filling { #expect(try port.receiveMessage()?.bytes == [0]) }
        #expect(forward.advance() && forward.lost == 0)
        for text in ["a", "b"] {
            let message = try #require(try port.receiveMessage(maxDescriptors: 4))
            #expect(HandoverMessage(parsing: message.bytes)?.read == [Array(text.utf8)])
            #expect(message.descriptors.count == 1)
            ClosingQueue().close(message.descriptors)
        }
    }
}

extension FileDescriptor {
    /// A second descriptor of somebody else's open file.
    init(lent number: Int32) throws(SystemError) {
        let lent = FileDescriptor(owning: number)
        let copy = try? lent.duplicate()
        _ = lent.release()
        guard let copy else { throw SystemError(call: "fcntl", errno: .invalid) }
        self = copy
    }
}
