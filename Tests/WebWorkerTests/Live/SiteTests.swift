import Linux
import TestSupport
import Testing

@testable import WebWorker

/// What a site of files has beyond the files: compressed forms, pages for errors, a fallback, rules for caches, hosts.
@Suite struct SiteTests {
    private let directory: TemporaryDirectory
    private let worker: TestWorker

    init() throws {
        directory = try TemporaryDirectory()
        try Files.makeDirectory(directory.path + "/assets")
        try Files.makeDirectory(directory.path + "/old")
        for (name, content) in [
            ("index.html", "<p>app"), ("404.html", "<p>lost"), ("502.html", "<p>sorry"), ("assets/app.js", "let a = 1"),
            ("assets/app.js.br", "BR"), ("assets/app.js.gz", "GZIP"), ("plain.css", "b{}"), ("plain.css.gz", "GZ"),
            ("405.html", "<p>not so"), ("416.html", "<p>no such part"), ("stale.css", "new"), ("stale.css.gz", "old"),
            ("picture.png", "PNG"), ("picture.png.gz", "no"), ("old/start.html", "<p>old"),
        ] {
            try directory.write(name, content)
        }
        try Child.expect(["touch", "-d", "2020-01-01", directory.path("stale.css.gz")])
        var options = FileOptions()
        options.index = ["index.html", "start.html"]
        options.fallback = "index.html"
        options.errorPages = [
            .notFound: "404.html", .badGateway: "502.html", .methodNotAllowed: "405.html",
            .rangeNotSatisfiable: "416.html",
        ]
        options.cacheControl = [
            FileOptions.CacheRule("/assets/**", "public, max-age=31536000, immutable"),
            FileOptions.CacheRule("*.css", "no-cache"), FileOptions.CacheRule("/index.html", "no-store"),
        ]
        var app = Application()
        app.files(directory.path, options)
        app.hosts(Hosts(served: ["a"], redirected: ["b": "https://a"], unknown: .refuse))
        var settings = UpstreamSettings()
        settings.connectTimeout = .milliseconds(50)
        app.forward("/behind", to: "unix:\(directory.path)/none.sock", settings)
        app.post("/upload", body: .streamed) { request async throws in
            for try await _ in request.stream {}
            return Response(text: "taken")
        }
        worker = try TestWorker(app)
    }

    private func get(_ path: String, _ fields: String = "", host: String = "a") throws -> TestClient.Answer {
        let client = try TestClient(worker.address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
        return try client.answer()
    }

    @Test(
        "What lies compressed beside a file goes to those who take it",
        arguments: [
            ("/assets/app.js", "gzip, br", "BR", "br"), ("/assets/app.js", "gzip", "GZIP", "gzip"),
            ("/plain.css", "br, gzip;q=0.1", "GZ", "gzip"), ("/assets/app.js", "br;q=0", "let a = 1", nil),
            ("/picture.png", "gzip", "PNG", nil), ("/stale.css", "gzip", "new", nil),
            ("/assets/app.js", "deflate\r\nAccept-Encoding: gzip", "GZIP", "gzip"),
        ] as [(String, String, String, String?)])
    func compressed(_ path: String, _ accepted: String, _ body: String, _ coding: String?) throws {
        let answer = try get(path, "Accept-Encoding: \(accepted)\r\n")
        #expect(answer.body == body)
        #expect(answer.has("Content-Encoding: \(coding ?? "")") == (coding != nil), "\(answer.head)")
        let isAlone = ["/picture.png", "/stale.css"].contains(path)
        #expect(answer.has("Vary: Accept-Encoding") == !isAlone, "\(answer.head)")
        #expect(!answer.has("Content-Type: application/gzip"), "\(answer.head)")
    }

    @Test("Each form has a tag of its own, and a copy of one says nothing of the other")
    func tags() throws {
        func tag(_ accepted: String) throws -> String {
            let head = try get("/assets/app.js", "Accept-Encoding: \(accepted)\r\n").head
            return String(try #require(head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }).dropFirst(6))
        }
        let (brotli, gzip) = (try tag("br"), try tag("gzip"))
        #expect(brotli != gzip)
        let same = try get("/assets/app.js", "Accept-Encoding: br\r\nIf-None-Match: \(brotli)\r\n")
        #expect(same.status == 304)
        #expect(same.has("Vary: Accept-Encoding") && same.has("Cache-Control: public, max-age=31536000, immutable"))
        #expect(try get("/assets/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: \(brotli)\r\n").status == 200)
    }

    @Test(
        "Rules tell clients how long to keep a file",
        arguments: [
            ("/assets/app.js", "public, max-age=31536000, immutable"), ("/plain.css", "no-cache"), ("/", "no-store"),
        ])
    func caches(_ path: String, _ value: String) throws {
        let answer = try get(path)
        #expect(answer.has("Cache-Control: \(value)"), "\(answer.head)")
    }

    @Test(
        "A path that names no file is the application's; a file that is missing is not",
        arguments: [
            ("/account/settings", 200, "<p>app"), ("/missing.js", 404, "<p>lost"), ("/old/", 200, "<p>old"),
            ("/assets/missing.css", 404, "<p>lost"),
        ])
    func fallback(_ path: String, _ status: Int, _ body: String) throws {
        let answer = try get(path)
        #expect(answer.status == status && answer.body == body, "\(answer)")
        #expect(answer.has("Content-Type: text/html; charset=utf-8"), "\(answer.head)")
    }

    @Test("Other hosts are led to the one that is served, or refused")
    func hosts() throws {
        let led = try get("/x/y?z=1", host: "b:8080")
        #expect(led.status == 308 && led.has("Location: https://a/x/y?z=1"), "\(led.head)")
        #expect(try get("/", host: "c").status == 421)
        let client = try TestClient(worker.address)
        try client.send("POST /upload HTTP/1.1\r\nHost: c\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.answer().status == 421)
        try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.answer().body == "taken")
    }

    @Test("A method or a range that a file does not have is told of on the site's page")
    func refusals() throws {
        let client = try TestClient(worker.address)
        try client.send("DELETE /plain.css HTTP/1.1\r\nHost: a\r\n\r\n")
        let method = try client.answer()
        #expect(method.status == 405 && method.body == "<p>not so" && method.has("Allow: GET, HEAD, OPTIONS"))
        let range = try get("/plain.css", "Range: bytes=99-\r\n")
        #expect(range.status == 416 && range.body == "<p>no such part" && range.has("Content-Range: bytes */3"))
    }

    @Test("A server behind that is not there is told of on the site's page")
    func behind() throws {
        let answer = try get("/behind/x")
        #expect(answer.status == 502 && answer.body == "<p>sorry", "\(answer)")
    }

    @Test("A page for an error that is not there keeps the worker from starting, and is named")
    func missingPage() throws {
        var options = FileOptions()
        options.errorPages = [.badGateway: "503.html"]
        var app = Application()
        app.files(directory.path, options)
        let error = #expect(throws: ConfigurationError.self) { try app.openedSite() }
        #expect(error?.mistakes.count == 1 && error?.description.contains("503.html") == true)
    }
}
