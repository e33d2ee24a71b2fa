import Linux
import TestSupport
import Testing

@testable import WebWorker

@Suite struct RequestIDTests {
    private static func worker(trusting proxies: [String] = [], _ change: (inout Application) -> Void = { _ in }) throws
        -> TestWorker
    {
        var app = testApplication()
        app.configuration.requestIDs = true
        app.configuration.trustedProxies = proxies.map { TrustedProxy(stringLiteral: $0) }
        app.get("/id") { request in Response(text: request.id ?? "none") }
        app.get("/pieces") { request in
            let id = request.id ?? "none"
            return Response(type: "text/plain") { writer in try await writer.write(id) }
        }
        change(&app)
        return try TestWorker(app)
    }

    /// The value of the answer's only X-Request-Id.
    private static func id(_ head: String) throws -> String {
        let lines = head.split(separator: "\r\n").filter { $0.hasPrefix("X-Request-Id: ") }
        #expect(lines.count == 1, "\(head)")
        return String(try #require(lines.first).dropFirst(14))
    }

    @Test("Every answer names its request, and no two have a name in common")
    func everyAnswer() throws {
        let worker = try Self.worker()
        let client = try TestClient(worker.address)
        var seen: Set<String> = []
        for path in ["/id", "/id", "/hello", "/none", "/id"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n")
            let answer = try client.answer()
            let id = try Self.id(answer.head)
            #expect(id.utf8.count == 32 && id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }, "\(id)")
            if path == "/id" { #expect(answer.body == id) }
            seen.insert(id)
        }
        try client.send("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n")
        seen.insert(try Self.id(client.answer(toHead: true).head))
        #expect(seen.count == 6)
    }

    @Test("A trusted proxy has named it already, unless the name could break a log")
    func trusted() throws {
        let worker = try Self.worker(trusting: ["127.0.0.0/8"])
        let client = try TestClient(worker.address)
        func asked(_ value: String) throws -> String {
            try client.send("GET /id HTTP/1.1\r\nHost: h\r\nX-Request-Id: \(value)\r\n\r\n")
            return try Self.id(client.answer().head)
        }
        let longest = String(repeating: "x", count: RequestID.longest)
        for good in ["a", "7f-3/a=:b", longest] { #expect(try asked(good) == good) }
        for bad in ["", "a b", "\"a\"", "a,b", "a;b", "\\", "\u{e9}", longest + "x"] {
            #expect(try asked(bad).utf8.count == 32, "\(bad)")
        }
    }

    @Test("The server behind and the log learn the name, and a name that the server gives stays")
    func forwarded() throws {
        let directory = try TemporaryDirectory()
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let path = directory.path("access.log")
        let worker = try Self.worker { app in
            app.accessLog(AccessLog(.json, path: path))
            app.forward("/app", to: "\(server.address)")
        }
        let client = try TestClient(worker.address)
        try client.send("GET /app HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n")
        let peer = try server.accept()
        let first = try Self.id(peer.read())
        #expect(first.utf8.count == 32)
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try Self.id(client.answer().head) == first)
        try client.send("GET /app HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try Self.id(peer.read()) != first)
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-request-id: theirs\r\n\r\n")
        let answer = try client.answer().head
        #expect(answer.contains("\r\nx-request-id: theirs\r\n") && !answer.contains("X-Request-Id"), "\(answer)")
        try wait(for: "the first line", upTo: .seconds(30)) {
            String(decoding: (try? Files.read(path)) ?? [], as: UTF8.self).contains("\"id\":\"\(first)\"")
        }
    }

    @Test("Without requestIDs nothing is named, and what a client says goes through")
    func off() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try Self.worker { app in
            app.configuration.requestIDs = false
            app.forward("/app", to: "\(server.address)")
        }
        let client = try TestClient(worker.address)
        try client.send("GET /id HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.body == "none" && !answer.head.contains("X-Request-Id"))
        try client.send("GET /app HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n")
        #expect(try Self.id(server.accept().read()) == "mine")
    }

    @Test("Server-Timing says how long an answer took, where it is asked for")
    func timing() throws {
        let worker = try Self.worker { $0.configuration.serverTiming = true }
        for path in ["/id", "/hello", "/pieces"] {
            let client = try TestClient(worker.address)
            try client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            let head = try client.answer(toHead: true).head
            let line = try #require(
                head.split(separator: "\r\n").first { $0.hasPrefix("Server-Timing: total;dur=") }, "\(head)")
            #expect(Double(line.dropFirst(25)) != nil, "\(line)")
        }
    }
}
