import TestSupport
import Testing
import WebWorker
import WebWorkerTesting

/// Files, as a worker serves them.
@Suite struct TestFileTests {
    private let directory: TemporaryDirectory
    private let client: TestClient

    init() throws {
        directory = try TemporaryDirectory()
        for (name, content) in [
            ("index.html", "<p>home"), ("app.js", "0123456789"), ("app.js.gz", "GZIP"), ("404.html", "<p>lost"),
            ("large.txt", String(repeating: "a", count: 100_000)), ("dir/index.html", "<p>dir"), (".secret", "no"),
        ] {
            try directory.write(name, content)
        }
        var options = FileOptions()
        options.errorPages = [.notFound: "404.html"]
        options.cacheControl = [FileOptions.CacheRule("*.js", "no-cache")]
        options.fallback = "index.html"
        var app = Application()
        app.get("/route") { _ in Response(text: "route") }
        app.files(directory.path, options)
        app.forward("/api", to: "unix:/nowhere")
        client = try TestClient(app)
    }

    @Test(
        arguments: [
            ("/", 200, "<p>home"), ("/app.js", 200, "0123456789"), ("/dir/", 200, "<p>dir"),
            ("/some/page", 200, "<p>home"),
            ("/none.js", 404, "<p>lost"), ("/.secret", 404, "<p>lost"), ("/route", 200, "route"), ("/dir", 308, ""),
        ] as [(String, UInt16, String)])
    func filesAreFound(_ path: String, _ status: UInt16, _ text: String) async throws {
        let response = try await client.get(path)
        #expect(response.status.rawValue == status && response.text == text)
    }

    @Test func conditionsAndRangesAreKept() async throws {
        let file = try await client.get("/app.js")
        #expect(file.headers["Cache-Control"] == "no-cache" && file.headers["Vary"] == "Accept-Encoding")
        let tag = try #require(file.headers["ETag"])
        let same = try await client.get("/app.js", headers: ["If-None-Match": tag])
        #expect(same.status == .notModified && same.body.isEmpty && same.headers["ETag"] == tag)
        #expect(try await client.get("/app.js", headers: ["If-Match": "\"x\""]).status == .preconditionFailed)
        let part = try await client.get("/app.js", headers: ["Range": "bytes=2-4"])
        #expect(part.status == .partialContent && part.text == "234")
        #expect(part.headers["Content-Range"] == "bytes 2-4/10")
        let parts = try await client.get("/app.js", headers: ["Range": "bytes=0-0,9-9"])
        #expect(parts.text.contains("\r\n\r\n0\r\n") && parts.text.contains("\r\n\r\n9\r\n"))
        #expect(try await client.get("/app.js", headers: ["Range": "bytes=10-"]).status == .rangeNotSatisfiable)
        #expect(try await client.get("/app.js", headers: ["Accept-Encoding": "gzip"]).text == "GZIP")
        let large = try await client.get("/large.txt", headers: ["Range": "bytes=99998-"])
        let whole = try await client.get("/large.txt")
        #expect(large.text == "aa" && whole.body.count == 100_000)
        #expect(try await client.send(.head, "/large.txt").headers["Content-Length"] == "100000")
        #expect(try await client.send(.delete, "/app.js").status == .methodNotAllowed)
    }

    @Test func aFileGoesBeforeAServerBehind() async throws {
        try directory.write("api/file.txt", "file")
        #expect(try await client.get("/api/file.txt").text == "file")
        await #expect(throws: TestFailure.servedBehind(path: "/api/other")) { try await client.get("/api/other") }
    }
}
