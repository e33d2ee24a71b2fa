import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A worker in front of a server whose every move the test makes.
@Suite struct ForwardingTests {
    private func worker(
        _ server: ServerByHand, _ change: (inout UpstreamSettings, inout Application) -> Void = { _, _ in }
    ) throws -> TestWorker {
        var app = Application()
        var settings = UpstreamSettings()
        settings.keptTimeout = .seconds(600)
        app.get("/own") { _ in Response(text: "own\n") }
        change(&settings, &app)
        app.forward("/", to: "\(server.address)", settings)
        return try TestWorker(app)
    }

    private let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    private let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\nKeep-Alive: timeout=5\r\n\r\nhello"

    @Test func anAnswerComesBackAndTheConnectionIsKept() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send("GET /a?b HTTP/1.1\r\nHost: www.foobar.com\r\nConnection: keep-alive\r\n\r\n")
        let peer = try server.accept()
        let request = try peer.read()
        #expect(request.hasPrefix("GET /a?b HTTP/1.1\r\nHost: www.foobar.com\r\n"))
        #expect(request.contains("\r\nX-Forwarded-For: 127.0.0.1\r\n") && !request.contains("\r\nConnection:"))
        try peer.send(hello)
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.body == "hello" && answer.has("Server: s"))
        #expect(!answer.head.contains("Keep-Alive") && answer.head.contains("\r\nDate: "))
        try client.send(get)
        _ = try peer.read()
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
        try client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "own\n")
        #expect(try server.isQuiet())
    }

    @Test func anAnswerMayComeByteByByte() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        let answer =
            "HTTP/1.1 404 Gone Fishing\r\nTransfer-Encoding: chunked\r\nDate: x\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nA: b\r\n\r\n"
        for byte in Array((interim + answer).utf8) { try peer.send([byte]) }
        let head = try client.answer().head
        #expect(head.hasPrefix("HTTP/1.1 404 Not Found\r\n") && head.contains("\r\nDate: x\r\n"))
        #expect(try client.chunks().joined() == "abcde")
        #expect(head.split(separator: "Date:", omittingEmptySubsequences: false).count == 2)
        try client.send(get)
        _ = try peer.read()
    }

    @Test func theAnswerToHeadHasNoBody() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().hasPrefix("HEAD / "))
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        #expect(try client.answer(toHead: true).has("Content-Length: 99"))
        for status in ["204 No Content", "304 Not Modified"] {
            try client.send(get)
            _ = try peer.read()
            try peer.send("HTTP/1.1 \(status)\r\nETag: x\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.has("ETag: x") && !answer.head.contains("Content-Length"))
        }
    }

    @Test func anAnswerMayEndWithItsConnection() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.0 200 OK\r\n\r\nuntil")
        try peer.send(" the end")
        peer.close()
        _ = try client.answer()
        #expect(try client.chunks().joined() == "until the end")
        try client.send(get)
        let next = try server.accept()
        _ = try next.read()
        try next.send(hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func bodiesGoBehindAsTheyCome() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        let peer = try server.accept()
        #expect(try peer.read().hasSuffix("\r\nContent-Length: 6\r\n\r\n"))
        #expect(try peer.read(3) == Array("abc".utf8))
        try client.send("def" + get)
        #expect(try peer.read(3) == Array("def".utf8))
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
        _ = try peer.read()
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n")
        #expect(try peer.read().hasSuffix("\r\nTransfer-Encoding: chunked\r\n\r\n"))
        #expect(try peer.read(8) == Array("3\r\nabc\r\n".utf8))
        try client.send("1\r\nd\r\n0\r\nA: b\r\n\r\n")
        #expect(try peer.read(11) == Array("1\r\nd\r\n0\r\n\r\n".utf8))
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func anEarlyAnswerEndsBothConnections() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.answer().status == 413)
        #expect(try client.rest() == "")
        _ = try peer.read(3)
        #expect(peer.isClosed())
    }

    // MARK: What fails, and how the client hears of it

    @Test func aServerThatIsAwayIsWaitedForAndThenGives502() throws {
        let directory = try TemporaryDirectory()
        let server = try ServerByHand(.unix(path: directory.path("s")))
        try Files.removeTree(directory.path("s"))
        let worker = try worker(server) { settings, _ in settings.connectTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send(get)
        #expect(try client.answer().status == 502)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        #expect(try client.answer().status == 502)
    }

    @Test func aServerThatIsStartedAgainLosesNoRequest() throws {
        let directory = try TemporaryDirectory()
        let first = try ServerByHand(.unix(path: directory.path("s")))
        try Files.removeTree(directory.path("s"))
        let worker = try worker(first) { settings, _ in settings.connectTimeout = .seconds(60) }
        let clients = try (0..<5).map { _ in try TestClient(worker.address) }
        for client in clients { try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") }
        let second = try ServerByHand(.unix(path: directory.path("s")))
        for _ in clients {
            let peer = try second.accept()
            _ = try peer.read()
            #expect(try peer.read(1) == [0x78])
            try peer.send(hello)
            peer.close()
        }
        for client in clients { #expect(try client.answer().body == "hello") }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ])
    func nonsenseIs502(_ answer: String) throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(answer)
        #expect(try client.answer().status == 502)
        #expect(peer.isClosed())
    }

    @Test func aRequestThatWasTakenIsNotRepeated() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        peer.close()
        #expect(try client.answer().status == 502)
        #expect(try server.isQuiet())
        try client.send(get)
        let next = try server.accept()
        _ = try next.read()
        try next.send("HTTP/1.1 200")
        next.close()
        #expect(try client.answer().status == 502)
    }

    @Test func aKeptConnectionThatTheServerClosesCostsNobodyAnything() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(hello)
        _ = try client.answer()
        // The server closes just when the request comes: it goes to a new connection.
        try client.send(get)
        _ = try peer.read()
        peer.close()
        let second = try server.accept()
        _ = try second.read()
        try second.send(hello)
        #expect(try client.answer().body == "hello")
        // What may act is sent only where nobody has closed.
        second.close()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        let third = try server.accept()
        _ = try third.read()
        try third.send(hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func aPostThatAKeptConnectionTookIsNotRepeated() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(hello)
        _ = try client.answer()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        _ = try peer.read()
        _ = try peer.read(1)
        peer.close()
        #expect(try client.answer().status == 502)
        #expect(try server.isQuiet())
    }

    @Test func behindTheHeadAnAnswerIsBrokenOff() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        for head in ["Content-Length: 20", "Transfer-Encoding: chunked"] {
            let client = try TestClient(worker.address)
            try client.send(get)
            let peer = try server.accept()
            _ = try peer.read()
            try peer.send("HTTP/1.1 200 OK\r\n\(head)\r\n\r\n5\r\nhello\r\n")
            peer.close()
            let text = try client.rest()
            #expect(text.hasPrefix("HTTP/1.1 200 OK") && !text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func aServerThatSaysNothingIs504() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server) { settings, _ in settings.answerTimeout = .milliseconds(100) }
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        #expect(try client.answer().status == 504)
        #expect(peer.isClosed())
    }

    @Test func atTheLimitRequestsWaitAndThenHear503() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server) { settings, _ in
            (settings.maxConnections, settings.maxWaiting) = (1, 1)
            settings.connectTimeout = .milliseconds(200)
        }
        let (first, second) = (try TestClient(worker.address), try TestClient(worker.address))
        try first.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try second.send(get)
        #expect(try second.answer().status == 503)  // Its time is over.
        try second.send(get)
        try peer.send(hello)
        #expect(try first.answer().body == "hello")
        _ = try peer.read()
        try peer.send(hello)
        #expect(try second.answer().body == "hello")
    }

    // MARK: Pace

    @Test func aSlowReaderSlowsTheServer() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send(get)
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
        try client.send(get)
        _ = try peer.read()
    }

    @Test func aSlowServerSlowsTheSender() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server) { _, app in app.configuration.maxBodyBytes = 1 << 30 }
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
        try peer.send(hello)
        #expect(try client.read(until: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aClientThatLeavesFreesItsConnection() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send(get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        client.close()
        let block = [UInt8](repeating: 0x61, count: 1 << 16)
        #expect(throws: (any Error).self) { while true { try peer.send(block) } }
    }

    // MARK: Other protocols

    @Test func anUpgradeIsATunnel() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().contains("\r\nConnection: Upgrade\r\nUpgrade: echo\r\n"))
        try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\nX: y\r\n\r\nfirst")
        #expect(try client.read(until: "first").hasSuffix("\r\nX: y\r\n\r\nfirst"))
        try client.send("to the server")
        #expect(try peer.read(13) == Array("to the server".utf8))
        try peer.send("to the client")
        #expect(try client.read(until: "client") == "to the client")
        try client.endSending()
        #expect(peer.isClosed())
        try peer.send("last words")
        peer.close()
        #expect(client.isClosed() && client.rest == "last words")
    }

    @Test func aServerMayDeclineAnUpgrade() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server)
        let client = try TestClient(worker.address)
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
    }

    // MARK: Which requests go where

    @Test func theLongestPrefixOfWholeSegmentsCounts() throws {
        let (root, api) = (try ServerByHand(), try ServerByHand())
        var app = Application()
        app.forward("/", to: "\(root.address)")
        app.forward("/api", to: "\(api.address)")
        let worker = try TestWorker(app)
        for (path, server) in [("/", root), ("/apix", root), ("/api", api), ("/api/x", api), ("/api?x", api)] {
            let client = try TestClient(worker.address)
            try client.send("PATCH \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let peer = try server.accept()
            #expect(try peer.read().hasPrefix("PATCH \(path) "))
            try peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
    }

    @Test func filesGoBeforeTheServerBehind() throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.txt", "file\n")
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try worker(server) { _, app in app.files(directory.path) }
        let client = try TestClient(worker.address)
        try client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "file\n")
        try client.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
        try client.send(get)
        _ = try peer.read()
        try peer.send(hello)
        #expect(try client.answer().body == "hello")
    }
}
