import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A worker in front of a server whose every move the test makes.
@Suite struct ForwardingTests {
    private let server: ServerByHand
    private let worker: TestWorker
    private let client: TestClient

    init() throws {
        server = try ServerByHand()
        worker = try server.front()
        client = try TestClient(worker.address)
    }

    @Test func anAnswerComesBackAndTheConnectionIsKept() throws {
        try client.send("GET /a?b HTTP/1.1\r\nHost: www.foobar.com\r\nConnection: keep-alive\r\n\r\n")
        let peer = try server.accept()
        let request = try peer.read()
        #expect(request.hasPrefix("GET /a?b HTTP/1.1\r\nHost: www.foobar.com\r\n"))
        #expect(request.contains("\r\nX-Forwarded-For: 127.0.0.1\r\n") && !request.contains("\r\nConnection:"))
        try peer.send(.hello)
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.body == "hello" && answer.has("Server: s"))
        #expect(!answer.head.contains("Keep-Alive") && answer.head.contains("\r\nDate: "))
        try client.send(.get)
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
        try client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "own\n")
        #expect(try server.isQuiet())
    }

    @Test func anAnswerMayComeByteByByte() throws {
        try client.send(.get)
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
        try client.send(.get)
        _ = try peer.read()
    }

    @Test func theAnswerToHeadHasNoBody() throws {
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().hasPrefix("HEAD / "))
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        #expect(try client.answer(toHead: true).has("Content-Length: 99"))
        for status in ["204 No Content", "304 Not Modified"] {
            try client.send(.get)
            _ = try peer.read()
            try peer.send("HTTP/1.1 \(status)\r\nETag: x\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.has("ETag: x") && !answer.head.contains("Content-Length"))
        }
    }

    @Test func anAnswerMayEndWithItsConnection() throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.0 200 OK\r\n\r\nuntil")
        try peer.send(" the end")
        peer.close()
        _ = try client.answer()
        #expect(try client.chunks().joined() == "until the end")
        try client.send(.get)
        let next = try server.accept()
        _ = try next.read()
        try next.send(.hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func bodiesGoBehindAsTheyCome() throws {
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        let peer = try server.accept()
        #expect(try peer.read().hasSuffix("\r\nContent-Length: 6\r\n\r\n"))
        #expect(try peer.read(3) == Array("abc".utf8))
        try client.send("def" + .get)
        #expect(try peer.read(3) == Array("def".utf8))
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n")
        #expect(try peer.read().hasSuffix("\r\nTransfer-Encoding: chunked\r\n\r\n"))
        #expect(try peer.read(8) == Array("3\r\nabc\r\n".utf8))
        try client.send("1\r\nd\r\n0\r\nA: b\r\n\r\n")
        #expect(try peer.read(11) == Array("1\r\nd\r\n0\r\n\r\n".utf8))
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func anEarlyAnswerEndsBothConnections() throws {
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 413 && answer.has("Connection: close"))
        #expect(try client.rest() == "")
        _ = try peer.read(3)
        #expect(peer.isClosed())
    }

    // MARK: Other protocols

    @Test func anUpgradeIsATunnel() throws {
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().contains("\r\nConnection: Upgrade\r\nUpgrade: echo\r\n"))
        try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\nX: y\r\n\r\nfirst")
        #expect(try client.read(until: "first").hasSuffix("\r\nX: y\r\n\r\nfirst"))
        try wait(for: "the tunnel to be counted", upTo: .seconds(30)) { worker.count(.upgraded) == 1 }
        try client.send("to the server")
        #expect(try peer.read(13) == Array("to the server".utf8))
        try peer.send("to the client")
        #expect(try client.read(until: "client") == "to the client")
        try client.endSending()
        #expect(peer.isClosed())
        try peer.send("last words")
        peer.close()
        #expect(client.isClosed() && client.rest == "last words")
        try wait(for: "the tunnel to be counted out", upTo: .seconds(30)) { worker.count(.upgraded) == 0 }
        #expect(worker.count(.upstreamErrors) == 0)
    }

    @Test func aServerMayDeclineAnUpgrade() throws {
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(.hello)
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
        let worker = try server.front { _, app in app.files(directory.path) }
        let client = try TestClient(worker.address)
        try client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "file\n")
        try client.send("POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
        try client.send(.get)
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try client.answer().body == "hello")
    }
}
