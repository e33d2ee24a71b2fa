import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Files that lie outside of the release: mounted under a path, or behind links into directories that were named.
@Suite struct SharedFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("public/style.css", "css")
        try directory.write("public/media/own.txt", "hidden by the mount")
        try directory.write("uploads/a.png", "picture")
        try directory.write("uploads/deep/b.txt", "0123456789")
        try directory.write("uploads/deep/index.html", "index")
        try directory.write("uploads/x.php", "<?php secret")
        try directory.write("uploads/.hidden", "secret")
        try directory.write("library/jquery.js", "jquery")
        try directory.write("library/tool.php", "<?php secret")
        try directory.write("elsewhere/secret.txt", "secret")
        for (link, target) in [
            ("public/uploads", directory.path("uploads")), ("public/jquery.js", directory.path("library/jquery.js")),
            ("public/library", "../library"), ("public/out", directory.path("elsewhere")),
            ("public/passwd.txt", "/etc/passwd"), ("uploads/passwd.txt", "/etc/passwd"),
            ("uploads/out.txt", "../elsewhere/secret.txt"), ("uploads/source.txt", "x.php"),
            ("uploads/back.css", "../public/style.css"), ("public/chain.png", "uploads/a.png"),
            ("public/tools", directory.path("library")), ("public/run", directory.path("uploads")),
        ] {
            try Files.replaceLink(directory.path(link), target: target)
        }
    }

    private func worker(_ change: (inout Application) -> Void = { _ in }) throws -> TestWorker {
        var (app, options) = (Application(), FileOptions())
        options.cacheControl = [FileOptions.CacheRule("/media/deep/**", "max-age=60")]
        app.files(directory.path("public"), options)
        app.mount("/media", directory.path("uploads"), options)
        app.share([directory.path("uploads")])
        app.follow(directory.path("library"))
        var settings = UpstreamSettings.fastCGI
        settings.connectTimeout = .milliseconds(1)
        app.fastCGI(
            ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"), settings)
        change(&app)
        return try TestWorker(app)
    }

    @Test(
        "What is mounted, and what links into named directories lead to, is served",
        arguments: [
            ("/media/a.png", "picture"), ("/media/deep/", "index"), ("/uploads/a.png", "picture"),
            ("/uploads/deep/", "index"),
            ("/chain.png", "picture"), ("/jquery.js", "jquery"), ("/library/jquery.js", "jquery"),
            ("/style.css", "css"),
            ("//media//a.png", "picture"), ("/m%65dia/a.png", "picture"),
        ])
    func served(_ path: String, _ body: String) throws {
        let answer = try worker().get(path)
        #expect(answer.status == 200 && answer.body == body, "\(answer.head)")
    }

    @Test(
        "No link leads elsewhere, and no source is sent",
        arguments: [
            "/out/secret.txt", "/passwd.txt", "/uploads/passwd.txt", "/media/passwd.txt", "/uploads/out.txt",
            "/media/out.txt", "/media/x.php", "/media/source.txt", "/uploads/source.txt", "/media/.hidden",
            "/uploads/.hidden", "/media/own.txt", "/media/missing", "/media/back.css", "/media/../media/x.php",
            "/media/x.php/info",
        ])
    func notServed(_ path: String) throws {
        let answer = try worker().get(path)
        #expect(answer.status == 404 && !answer.body.contains("secret"), "\(answer.head)")
    }

    @Test("A directory without its slash leads to it, also the mounted one itself, and other methods are refused")
    func directories() throws {
        let worker = try worker()
        for path in ["/media", "/media/deep", "/uploads", "/uploads/deep"] {
            let answer = try worker.get(path)
            #expect(answer.status == 308 && answer.has("Location: \(path)/"), "\(answer.head)")
        }
        let client = try TestClient(worker.address)
        try client.send("POST /media/a.png HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.answer().status == 405)
    }

    @Test("Parts, conditions and rules for caches hold for mounted files")
    func asFiles() throws {
        let worker = try worker()
        let client = try TestClient(worker.address)
        try client.send("GET /media/deep/b.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\n\r\n")
        let part = try client.answer()
        #expect(part.status == 206 && part.body == "234" && part.has("Cache-Control: max-age=60"))
        let tag = part.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6)
        try client.send("GET /media/deep/b.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(try #require(tag))\r\n\r\n")
        #expect(try client.answer().status == 304)
    }

    /// What goes to the application is a 502: it is not there.
    @Test(
        "A script is run where links lead to a directory that was named for them, and never in a shared or mounted one",
        arguments: [
            ("/tools/tool.php", 502), ("/library/tool.php", 502), ("/uploads/x.php", 404), ("/run/x.php", 404),
            ("/media/x.php", 404),
        ])
    func scripts(_ path: String, _ status: Int) throws {
        let answer = try worker().get(path)
        #expect(answer.status == status && !answer.body.contains("secret"))
    }

    @Test("A second directory for a path, one that is missing, and a path that is none are mistakes")
    func mistakes() throws {
        var app = Application()
        app.mount("/a", directory.path("uploads"))
        app.mount("/a/", directory.path("library"))
        app.mount("b", directory.path("library"))
        app.mount("/", directory.path("library"))
        app.mount("/c", directory.path("missing"))
        app.follow(directory.path("nowhere"))
        let error = #expect(throws: ConfigurationError.self) { try app.check() }
        let text = try #require(error).description
        for word in ["a second directory for this path", "found \"b\"", "found \"/\"", "missing", "nowhere"] {
            #expect(text.contains(word), "\(text)")
        }
    }
}
