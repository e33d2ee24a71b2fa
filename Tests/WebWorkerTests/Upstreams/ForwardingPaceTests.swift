import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Neither side of a worker in front of a server is faster than the other one.
@Suite struct ForwardingPaceTests {
    private let server: ServerByHand
    private let worker: TestWorker
    private let client: TestClient

    init() throws {
        server = try ServerByHand()
        worker = try server.front()
        client = try TestClient(worker.address)
    }

    @Test func aSlowReaderSlowsTheServer() throws {
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        let length = 64 << 20
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
        let block = [UInt8](repeating: 0x61, count: 1 << 16)
        // What the worker and the kernel hold is far less than the answer.
        var sent = try peer.sendWhileTaken(block, upTo: length)
        #expect(sent < length / 2)
        _ = try client.read()
        var received = 0
        try wait(for: "all of the answer") {
            sent += try peer.sendNow(Array(block.prefix(length - sent)))
            received += try client.skip()
            return received == length
        }
        try client.send(.get)
        _ = try peer.read()
    }

    @Test func aSlowServerSlowsTheSender() throws {
        let worker = try server.front { _, app in app.configuration.maxBodyBytes = 1 << 30 }
        let client = try ServerByHand.Peer(to: worker.address)
        let length = 64 << 20
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        let block = [UInt8](repeating: 0x61, count: 1 << 16)
        var sent = try client.sendWhileTaken(block, upTo: length)
        #expect(sent < length / 2)
        var received = 0
        try wait(for: "all of the body") {
            sent += try client.sendNow(Array(block.prefix(length - sent)))
            received += try peer.skip()
            return received == length
        }
        try peer.send(.hello)
        #expect(try client.read(until: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aClientThatLeavesFreesItsConnection() throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        client.close()
        let block = [UInt8](repeating: 0x61, count: 1 << 16)
        #expect(throws: (any Error).self) { while true { try peer.send(block) } }
    }

    /// The head of an event stream, and its first event.
    private static let stream =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"

    @Test func anAnswerThatBeganMayBeSilentForLongerThanOneThatDidNot() throws {
        let worker = try server.front { settings, _ in settings.answerTimeout = .milliseconds(100) }
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send(.get)
        let events = try server.accept()
        _ = try events.read()
        try events.send(Self.stream)
        _ = try client.read(until: "data: 1\n\n")
        // What is asked behind it and never answered is given up: so much time is over.
        for _ in 1...2 {
            let other = try TestClient(worker.address)
            try other.send(.get)
            let silent = try server.accept()
            _ = try silent.read()
            #expect(try other.answer().status == 504)
        }
        try events.send("9\r\ndata: 2\n\n\r\n")
        _ = try client.read(until: "data: 2\n\n")
    }

    @Test func anAnswerThatBeganIsBrokenOffWhenItIsSilentForTooLong() throws {
        let worker = try server.front { settings, _ in settings.streamTimeout = .milliseconds(100) }
        let client = try TestClient(worker.address)
        try client.send(.get)
        let events = try server.accept()
        _ = try events.read()
        try events.send(Self.stream)
        #expect(events.isClosed())
        let text = try client.rest()
        #expect(text.contains("data: 1\n\n") && !text.hasSuffix("0\r\n\r\n"), "\(text)")
    }
}
