import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A worker in front of a server that fails as the test wants it.
@Suite struct ForwardingFailureTests {
    private let server: ServerByHand
    private let worker: TestWorker
    private let client: TestClient

    init() throws {
        server = try ServerByHand()
        worker = try server.front()
        client = try TestClient(worker.address)
    }

    @Test func aServerThatIsAwayIsWaitedForAndThenGives502() throws {
        let directory = try TemporaryDirectory()
        let server = try ServerByHand(.unix(path: directory.path("s")))
        try Files.removeTree(directory.path("s"))
        let worker = try server.front { settings, _ in settings.connectTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send(.get)
        #expect(try client.answer().status == 502)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        #expect(try client.answer().status == 502)
    }

    @Test func aServerThatIsStartedAgainLosesNoRequest() throws {
        let directory = try TemporaryDirectory()
        let first = try ServerByHand(.unix(path: directory.path("s")))
        try Files.removeTree(directory.path("s"))
        let worker = try first.front { settings, _ in settings.connectTimeout = .seconds(60) }
        let clients = try (0..<5).map { _ in try TestClient(worker.address) }
        for client in clients { try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") }
        let second = try ServerByHand(.unix(path: directory.path("s")))
        for _ in clients {
            let peer = try second.accept()
            _ = try peer.read()
            #expect(try peer.read(1) == [0x78])
            try peer.send(.hello)
            peer.close()
        }
        for client in clients { #expect(try client.answer().body == "hello") }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ])
    func nonsenseIs502(_ answer: String) throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(answer)
        #expect(try client.answer().status == 502)
        #expect(peer.isClosed())
    }

    @Test func aRequestThatWasTakenIsNotRepeated() throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        peer.close()
        #expect(try client.answer().status == 502)
        #expect(try server.isQuiet())
        try client.send(.get)
        let next = try server.accept()
        _ = try next.read()
        try next.send("HTTP/1.1 200")
        next.close()
        #expect(try client.answer().status == 502)
    }

    @Test func aKeptConnectionThatTheServerClosesCostsNobodyAnything() throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(.hello)
        _ = try client.answer()
        // The server closes just when the request comes: it goes to a new connection.
        try client.send(.get)
        _ = try peer.read()
        peer.close()
        let second = try server.accept()
        _ = try second.read()
        try second.send(.hello)
        #expect(try client.answer().body == "hello")
        // What may act is sent only where nobody has closed.
        second.close()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        let third = try server.accept()
        _ = try third.read()
        try third.send(.hello)
        #expect(try client.answer().body == "hello")
    }

    @Test func aPostThatAKeptConnectionTookIsNotRepeated() throws {
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send(.hello)
        _ = try client.answer()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        _ = try peer.read()
        _ = try peer.read(1)
        peer.close()
        #expect(try client.answer().status == 502)
        #expect(try server.isQuiet())
    }

    @Test func behindTheHeadAnAnswerIsBrokenOff() throws {
        for head in ["Content-Length: 20", "Transfer-Encoding: chunked"] {
            let client = try TestClient(worker.address)
            try client.send(.get)
            let peer = try server.accept()
            _ = try peer.read()
            try peer.send("HTTP/1.1 200 OK\r\n\(head)\r\n\r\n5\r\nhello\r\n")
            peer.close()
            let text = try client.rest()
            #expect(text.hasPrefix("HTTP/1.1 200 OK") && !text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func aServerThatSaysNothingIs504() throws {
        let worker = try server.front { settings, _ in settings.answerTimeout = .milliseconds(100) }
        let client = try TestClient(worker.address)
        try client.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        #expect(try client.answer().status == 504)
        #expect(peer.isClosed())
        #expect(worker.count(.upstreamErrors) == 1)
    }

    @Test func atTheLimitRequestsWaitAndThenHear503() throws {
        let worker = try server.front { settings, _ in
            (settings.maxConnections, settings.maxWaiting) = (1, 1)
            settings.connectTimeout = .milliseconds(200)
        }
        let (first, second) = (try TestClient(worker.address), try TestClient(worker.address))
        try first.send(.get)
        let peer = try server.accept()
        _ = try peer.read()
        try second.send(.get)
        #expect(try second.answer().status == 503)  // Its time is over.
        try second.send(.get)
        try peer.send(.hello)
        #expect(try first.answer().body == "hello")
        _ = try peer.read()
        try peer.send(.hello)
        #expect(try second.answer().body == "hello")
    }
}
