import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A server behind that works on one request at a time, and is not kept from the others by slow clients.
@Suite struct WholeBodyTests {
    private let server: ServerByHand
    private let directory: TemporaryDirectory

    init() throws {
        server = try ServerByHand()
        directory = try TemporaryDirectory()
    }

    private func front(_ change: (inout Configuration) -> Void = { _ in }) throws -> TestWorker {
        try server.front { settings, app in
            settings.wholeBodies = true
            // Works on one request at a time.
            settings.maxConnections = 1
            settings.connectTimeout = .seconds(60)
            app.configuration.spoolDirectory = directory.path
            change(&app.configuration)
        }
    }

    @Test(arguments: [false, true]) func theServerIsAskedWhenTheBodyIsWhole(isChunked: Bool) throws {
        let worker = try front()
        let client = try TestClient(worker.address)
        let framing = isChunked ? "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" : "Content-Length: 6\r\n\r\nabc"
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\n\(framing)")
        // Others are served meanwhile, over the one connection that there is.
        let other = try TestClient(worker.address)
        try other.send(.get)
        let peer = try server.accept()
        #expect(try peer.read().hasPrefix("GET /x "))
        try peer.send(.hello)
        #expect(try other.answer().body == "hello")
        #expect(try server.isQuiet())
        try client.send(isChunked ? "3\r\ndef\r\n0\r\n\r\n" : "def")
        #expect(try peer.read().hasSuffix("\r\nContent-Length: 6\r\n\r\n"))
        #expect(try peer.read(6) == Array("abcdef".utf8))
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func aFastCGIApplicationIsAskedWhenTheBodyIsWholeUnlessTold() throws {
        let root = try TemporaryDirectory()
        try root.write("a.php", "<?php\n")
        var app = Application()
        app.configuration.spoolDirectory = directory.path
        app.get("/own") { _ in Response(text: "own\n") }
        app.fastCGI(".php", to: "\(server.address)", root: root.path)
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("POST /a.php HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        let other = try TestClient(worker.address)
        try other.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "own\n")
        #expect(try server.isQuiet())
        try client.send("def")
        let peer = try server.accept()
        _ = try peer.read(until: "def")
        let answer = Array("Status: 200\r\nContent-Length: 5\r\n\r\nhello".utf8)
        let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try peer.send([1, 6, 0, 1, 0, UInt8(answer.count), 0, 0] + answer + end)
        #expect(try client.answer().body == "hello")
    }

    @Test func anEmptyBodyInChunksIsNone() throws {
        let worker = try front()
        let client = try TestClient(worker.address)
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().hasSuffix("\r\nContent-Length: 0\r\n\r\n"))
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func aLargeBodyComesThroughWhole() throws {
        let worker = try front { $0.maxBodyBytes = 64 << 20 }
        let client = try TestClient(worker.address)
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        let peer = try server.accept()
        _ = try peer.read()
        let received = try peer.read(body.count)
        #expect(received == body)
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
        #expect(try Files.list(directory.path).isEmpty)
    }

    @Test func theAnswerIsTakenWhateverTheClientsPace() throws {
        let worker = try front()
        let client = try TestClient(worker.address)
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        let body = (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 % 127) }
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
        try peer.send(body)  // All of it, though the client has read nothing.
        let other = try TestClient(worker.address)
        try other.send(.get)
        #expect(try peer.read().hasPrefix("GET /x "))
        try peer.send(.hello)
        #expect(try other.answer().body == "hello")
        let answer = try client.answer()
        #expect(answer.body.utf8.elementsEqual(body))
    }

    @Test func aBodyThatCannotBeKeptIsA503() throws {
        let worker = try front { $0.maxSpooledBytes = 100_000 }
        let client = try TestClient(worker.address)
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        try client.send([UInt8](repeating: 0x61, count: 300_000))
        let answer = try client.answer()
        #expect(answer.status == 503 && answer.has("Connection: close"))
        #expect(try server.isQuiet())
    }

    @Test func anAnswerThatCannotBeKeptWaitsForItsClient() throws {
        let worker = try front { $0.maxSpooledBytes = 100_000 }
        let client = try TestClient(worker.address, room: 4096)
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        let total = 30_000_000
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
        let piece = [UInt8](repeating: 0x61, count: 65_536)
        let sent = try peer.sendWhileTaken(piece, upTo: total)
        #expect(sent < total)
        client.close()
        #expect(peer.isClosed())
    }

    @Test func aClientThatGoesWithinItsBodyIsForgotten() throws {
        let worker = try front()
        let client = try TestClient(worker.address)
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        try wait(for: "the request") { worker.count(.inFlight) == 1 }
        client.close()
        try wait(for: "its end") { worker.count(.connections) == 0 }
        #expect(try server.isQuiet())
    }
}
