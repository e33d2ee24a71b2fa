import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A worker that compresses, over real sockets.
@Suite("Answers compressed while they are sent")
struct CompressionTests {
    private static let page = linesOfText(200)
    private let directory: TemporaryDirectory
    private let worker: TestWorker

    init() throws {
        directory = try TemporaryDirectory()
        for (name, text) in [
            ("page.html", Self.page), ("small.html", "small"), ("picture.png", Self.page),
            ("large.txt", linesOfText(60_000)),
            ("ready.css", Self.page), ("ready.css.gz", "not read"), ("left/page.html", Self.page),
            ("kept/page.html", Self.page), ("brotli.css", Self.page), ("brotli.css.br", "not asked for"),
        ] { try directory.write("public/\(name)", text) }
        var app = Application()
        app.configuration.compression = Compression()
        var options = FileOptions()
        options.cacheControl = [.init("/kept/**", "public, no-transform")]
        app.files(directory.path("public"), options)
        var left = PathRule("/left/*")
        left.compresses = false
        app.rules(left)
        Self.addRoutes(to: &app)
        worker = try TestWorker(app)
    }

    private static func addRoutes(to app: inout Application) {
        app.get("/constant", always: Response(text: page))
        app.get("/plain") { _ in Response(text: page) }
        app.get("/blocking", .blocking) { _ in Response(text: page) }
        app.get("/async") { request async in Response(text: page) }
        app.get("/told") { _ in Response(type: "text/plain", length: page.utf8.count) { try await $0.write(page) } }
        app.get("/encoded") { _ in
            var response = Response(text: page)
            response.headers["Content-Encoding"] = "x-own"
            return response
        }
        app.get("/part") { _ in Response(status: .partialContent, body: Array(page.utf8), type: "text/plain") }
        app.get("/events") { _ in Response(type: "text/event-stream") { try await $0.write(page) } }
        app.get("/short") { _ in Response(type: "text/plain", length: 5000) { try await $0.write("too short") } }
        app.get("/long") { _ in Response(type: "text/plain", length: 1024) { try await $0.write(page) } }
        app.get("/failing") { _ in
            Response(type: "text/plain") {
                try await $0.write(page)
                throw HTTPError(.internalServerError)
            }
        }
        app.get("/huge") { _ in Response(text: linesOfText(60_000)) }
    }

    @Test(
        "A client that takes gzip gets it, and the same text comes out",
        arguments: [
            "/page.html", "/large.txt", "/brotli.css", "/constant", "/plain", "/blocking", "/async", "/told", "/huge",
        ])
    func compressed(_ path: String) throws {
        let plain = try CompressedAnswer(worker.address, path, coding: nil)
        let answer = try CompressedAnswer(worker.address, path)
        #expect(plain.status == 200 && !plain.isCompressed && plain.isVaried, "\(plain.head)")
        #expect(answer.status == 200 && answer.isCompressed && answer.isVaried, "\(answer.head)")
        #expect(answer.raw.count < plain.raw.count * 2 / 3)
        #expect(try answer.text() == plain.text())
        #expect(answer.head.components(of: "\r\nVary: ") == 1 && plain.head.components(of: "\r\nVary: ") == 1)
        if let tag = plain.value("ETag") { #expect(answer.value("ETag") == "W/\(tag.dropLast())-gzip\"") }
        let head = try CompressedAnswer(worker.address, path, "HEAD")
        #expect(head.raw.isEmpty)
        for name in ["Content-Encoding", "ETag", "Vary", "Content-Type", "Content-Length"] {
            #expect(head.value(name) == answer.value(name), "\(name): \(head.head)")
        }
    }

    @Test(
        "What is left as it is, and says nothing of it",
        arguments: [
            "/small.html", "/picture.png", "/left/page.html", "/kept/page.html", "/encoded", "/part", "/events",
        ])
    func left(_ path: String) throws {
        let answer = try CompressedAnswer(worker.address, path)
        #expect(!answer.isCompressed && !answer.isVaried, "\(answer.head)")
        #expect(answer.raw == (try CompressedAnswer(worker.address, path, coding: nil)).raw)
    }

    @Test("Nothing is compressed for HTTP/1.0 whose length would not be known, and what lies compressed goes first")
    func others() throws {
        #expect(try !CompressedAnswer(worker.address, "/large.txt", version: "1.0").isCompressed)
        #expect(try !CompressedAnswer(worker.address, "/plain", version: "1.0").isCompressed)
        #expect(try CompressedAnswer(worker.address, "/page.html", version: "1.0").text() == Self.page)
        #expect(try CompressedAnswer(worker.address, "/ready.css").raw == Array("not read".utf8))
        #expect(try !CompressedAnswer(worker.address, "/page.html", coding: "gzip;q=0, *").isCompressed)
    }

    @Test("Without a word nothing is compressed")
    func off() throws {
        var app = Application()
        app.files(directory.path("public"))
        let worker = try TestWorker(app)
        let answer = try CompressedAnswer(worker.address, "/page.html")
        #expect(!answer.isCompressed && !answer.isVaried)
    }

    @Test(
        "A copy with the weak tag is still right; a range is of the file as it is",
        arguments: ["/page.html", "/large.txt"])
    func conditions(_ path: String) throws {
        let tag = try #require(CompressedAnswer(worker.address, path).value("ETag"))
        let own = try #require(CompressedAnswer(worker.address, path, coding: nil).value("ETag"))
        for known in [tag, own, "W/\(own)", "\"x\", \(tag)"] {
            let answer = try CompressedAnswer(worker.address, path, fields: "If-None-Match: \(known)\r\n")
            #expect(answer.status == 304 && answer.value("ETag") == tag && answer.isVaried, "\(answer.head)")
        }
        let part = try CompressedAnswer(worker.address, path, fields: "Range: bytes=0-4\r\n")
        #expect(part.status == 206 && !part.isCompressed && part.raw == Array("line ".utf8))
        #expect(part.value("ETag") == own)
        let whole = try CompressedAnswer(
            worker.address, path, fields: "Range: bytes=0-4\r\nIf-Range: \(tag)\r\n")
        #expect(whole.status == 200 && whole.isCompressed)
        let refused = try CompressedAnswer(worker.address, path, fields: "If-Match: \(tag)\r\n")
        #expect(refused.status == 412)
    }

    @Test("Each piece can be read before the next one comes")
    func flushed() throws {
        let gate = Gate(isOpen: false)
        var app = Application()
        app.configuration.compression = Compression()
        app.get("/pieces") { _ in
            Response(type: "text/plain") { writer in
                try await writer.write("first piece\n")
                try await gate.wait()
                try await writer.write("second piece\n")
            }
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n")
        // The empty block behind which all can be read (RFC 1951, section 3.2.4).
        _ = try client.received { $0.firstRange(of: [0, 0, 0xff, 0xff]) != nil }
        gate.open()
        #expect(try CompressedAnswer(client.restBytes()).text() == "first piece\nsecond piece\n")
    }

    @Test(
        "An answer that is not as long as it said, or that fails, has no end",
        arguments: ["/short", "/long", "/failing"])
    func broken(_ path: String) throws {
        let client = try TestClient(worker.address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        let bytes = try client.restBytes()
        #expect(!bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8))
    }

    @Test("Requests in a row are answered in their order, and many clients each get their own")
    func many() throws {
        let client = try TestClient(worker.address)
        let paths = ["/page.html", "/plain", "/constant", "/async", "/large.txt", "/small.html"]
        for (index, path) in paths.enumerated() {
            let last = index == paths.count - 1 ? "Connection: close\r\n" : ""
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(last)Accept-Encoding: gzip\r\n\r\n")
        }
        #expect(try client.rest().hasSuffix("\r\n\r\nsmall"))
        let clients = try (0..<24).map { _ in try TestClient(worker.address) }
        for client in clients {
            try client.send("GET /large.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n")
        }
        let first = try CompressedAnswer(clients[0].restBytes())
        #expect(try first.text() == linesOfText(60_000))
        for client in clients.dropFirst() { #expect(try CompressedAnswer(client.restBytes()).raw == first.raw) }
    }

    @Test("A client that goes in the middle, and one that reads nothing, leave room for others")
    func gone() throws {
        for _ in 0..<300 {
            let client = try TestClient(worker.address, room: 4096)
            try client.send("GET /large.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            _ = try client.received { $0.count > 100 }
            client.close()
        }
        #expect(try CompressedAnswer(worker.address, "/large.txt").isCompressed)
    }

    @Test("What a server behind answers is compressed, and its 304 has the weak tag that the client knows")
    func forwarded() throws {
        var behind = Application()
        behind.get("/page") { request in
            var response = Response(text: Self.page)
            // Letter by letter, as many compare them.
            if request.headers["If-None-Match"] == "\"tag\"" { response = Response(status: .notModified) }
            response.headers["ETag"] = "\"tag\""
            return response
        }
        let server = try TestWorker(behind)
        var app = Application()
        app.configuration.compression = Compression()
        app.forward("/", to: ServerAddress(stringLiteral: "\(server.address)"))
        let front = try TestWorker(app)
        let answer = try CompressedAnswer(front.address, "/page")
        #expect(answer.isCompressed && answer.value("ETag") == "W/\"tag-gzip\"" && answer.isVaried, "\(answer.head)")
        #expect(try answer.text() == Self.page)
        #expect(try CompressedAnswer(front.address, "/page", coding: nil).value("ETag") == "\"tag\"")
        let known = try CompressedAnswer(front.address, "/page", fields: "If-None-Match: W/\"tag-gzip\"\r\n")
        #expect(known.status == 304 && known.value("ETag") == "W/\"tag-gzip\"", "\(known.head)")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
