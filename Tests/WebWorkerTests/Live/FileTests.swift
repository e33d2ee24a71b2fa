import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Files over a real socket: what is served, what the client may keep, and what must never be served.
@Suite struct FileTests {
    private let directory: TemporaryDirectory
    private let worker: TestWorker

    init() throws {
        directory = try TemporaryDirectory()
        let root = directory.path + "/public"
        try Files.makeDirectory(root + "/sub")
        try Files.makeDirectory(root + "/.git")
        try Files.makeDirectory(root + "/.well-known")
        for (name, content) in [
            ("public/index.html", "<p>front"), ("public/sub/index.html", "<p>sub"), ("public/empty.txt", ""),
            ("public/a b.css", "a{}"), ("public/.secret", "no"), ("public/.git/config", "no"),
            ("public/.well-known/x", "yes"), ("secret.txt", "no"),
        ] {
            try Files.replace(directory.path + "/" + name, with: Array(content.utf8), mode: 0o644)
        }
        try Files.replace(root + "/large.bin", with: Self.large, mode: 0o644)
        try Files.replaceLink(root + "/out.txt", target: "../secret.txt")
        try Files.replaceLink(root + "/absolute.txt", target: directory.path + "/secret.txt")
        try Files.replaceLink(root + "/in.txt", target: "sub/index.html")
        try Files.replaceLink(root + "/inside.txt", target: root + "/sub/index.html")
        try Files.replaceLink(root + "/chain.txt", target: "inside.txt")
        var app = Application()
        app.files(root)
        worker = try TestWorker(app)
    }

    private static let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 127) }

    private func get(_ path: String, _ fields: String = "", method: String = "GET") throws -> TestClient.Answer {
        let client = try TestClient(worker.address)
        try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        return try client.answer(toHead: method == "HEAD")
    }

    @Test(arguments: [
        ("/", "<p>front", "text/html; charset=utf-8"), ("/index.html", "<p>front", "text/html; charset=utf-8"),
        ("/sub/", "<p>sub", "text/html; charset=utf-8"), ("/a%20b.css?v=1", "a{}", "text/css; charset=utf-8"),
        ("/in.txt", "<p>sub", "text/plain; charset=utf-8"), ("/.well-known/x", "yes", "application/octet-stream"),
        ("/empty.txt", "", "text/plain; charset=utf-8"),
    ])
    func aFileIsServedWithItsType(_ path: String, _ content: String, _ type: String) throws {
        let answer = try get(path)
        #expect(answer.status == 200)
        #expect(answer.body == content)
        #expect(answer.has("Content-Type: \(type)"), "\(answer.head)")
    }

    @Test(arguments: [
        "/sub%2findex.html", "/out.txt", "/absolute.txt", "/.secret", "/.git/config", "/%2esecret", "//.secret",
        "/sub/../.secret", "/nothing", "/index.html/", "/index.html/x", "/\(String(repeating: "a", count: 5000))",
        "/%ff", "/sub/.well-known/x",
    ])
    func nothingElseIsServed(_ path: String) throws {
        let answer = try get(path)
        #expect(answer.status == 404)
        #expect(!answer.body.contains("no\n") && answer.body != "no")
    }

    @Test(arguments: [
        "/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/sub/..%5c..%5csecret.txt", "/index.html%00", "/%zz",
    ])
    func aPathThatNobodyMeansIsRefused(_ path: String) throws {
        let answer = try get(path)
        #expect(answer.status == 400 && answer.body != "no")
    }

    @Test(arguments: ["/inside.txt", "/chain.txt", "//sub/", "/sub//index.html", "/./sub/%69ndex.html"])
    func linksWithinTheDirectoryAndOtherSpellingsLeadToTheFile(_ path: String) throws {
        #expect(try get(path).body == "<p>sub")
    }

    @Test func aLargeFileComesWholeAndTheConnectionGoesOn() throws {
        let client = try TestClient(worker.address)
        try client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try Array(client.answer().body.utf8) == Self.large)
        #expect(try client.answer().body == "<p>front")
    }

    @Test func oneOpenFileServesManyClientsAtATime() throws {
        let clients = try (0..<8).map { _ in try TestClient(worker.address) }
        for client in clients { try client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients { #expect(try Array(client.answer().body.utf8) == Self.large) }
    }

    @Test func aChangedFileIsServedAfterAMoment() throws {
        #expect(try get("/index.html").body == "<p>front")
        try Files.replace(directory.path + "/public/index.html", with: Array("<p>changed".utf8), mode: 0o644)
        try wait(for: "the new content") { try get("/index.html").body == "<p>changed" }
    }

    @Test func headOfAFileSaysItsLength() throws {
        #expect(try get("/large.bin", method: "HEAD").has("Content-Length: 3000000"))
    }

    @Test func aDirectoryWithoutItsSlashIsRedirected() throws {
        let answer = try get("/sub?a=b")
        #expect(answer.status == 308)
        #expect(answer.has("Location: /sub/?a=b"))
    }

    @Test func otherMethodsAreRefusedWhereAFileIs() throws {
        let answer = try get("/index.html", method: "DELETE")
        #expect(answer.status == 405)
        #expect(answer.has("Allow: GET, HEAD, OPTIONS"))
        #expect(try get("/nothing", method: "DELETE").status == 404)
    }

    @Test func aClientThatHasTheFileIsToldSo() throws {
        let answer = try get("/index.html")
        func field(_ name: String) -> String {
            let line = answer.head.split(separator: "\r\n").first { $0.hasPrefix(name) }
            return line.map { String($0.dropFirst(name.count)) } ?? ""
        }
        let (tag, date) = (field("ETag: "), field("Last-Modified: "))
        for condition in [
            "If-None-Match: \(tag)\r\n", "If-None-Match: W/\(tag)\r\n", "If-None-Match: \"x\", \(tag)\r\n",
            "If-None-Match: *\r\n", "If-Modified-Since: \(date)\r\n",
            "If-None-Match: \(tag)\r\nIf-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n",
        ] {
            let again = try get("/index.html", condition)
            #expect(again.status == 304, "\(condition)")
            #expect(again.has("ETag: \(tag)") && !again.head.contains("Content-Length"))
        }
        for condition in [
            "If-None-Match: \"x\"\r\n", "If-None-Match: \(tag.dropFirst().dropLast())\r\n",
            "If-None-Match: \"x\"\r\nIf-Modified-Since: \(date)\r\n", "If-Modified-Since: yesterday\r\n",
            "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n",
            "If-Modified-Since: Fri, 01 Jan 2999 00:00:00 GMT\r\n",
        ] {
            #expect(try get("/index.html", condition).status == 200, "\(condition)")
        }
    }
}
