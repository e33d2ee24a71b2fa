import Linux
import TestSupport
import Testing

@testable import WebWorker

/// What is denied is decided on the file that was opened as well as on the path that was asked for.
@Suite struct OpenedNameTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for name in [
            "public/lib/index.html", "public/secret/page.html", "public/composer.json", "public/.env",
            "public/open/x.txt",
            "public/.hidden/page.html", "public/admin/run.php", "public/vendor/run.php", "uploads/private/a.txt",
            "uploads/a.txt", "media/private/b.txt", "public/style.css", "public/dot/.page.html",
            "public/composer.json.gz",
            "public/secret/page.css.gz", "public/mark.css", "public/named/x.txt",
        ] { try directory.write(name, "content of \(name)") }
        for (link, target) in [
            ("package.txt", "composer.json"), ("env.txt", ".env"), ("hidden", ".hidden"),
            ("page.html", "secret/page.html"),
            ("secrets", "secret"), ("open/package.txt", "../composer.json"), ("run.php", "admin/run.php"),
            ("library.php", "vendor/run.php"), ("uploads", directory.path("uploads")),
            ("upload.txt", directory.path("uploads/private/a.txt")), ("fine.css", "style.css"),
            ("mine.txt", directory.path("media/private/b.txt")), ("style.css.gz", "composer.json.gz"),
            ("mark.css.gz", "secret/page.css.gz"), ("named/index.html", "../secret/page.html"),
        ] {
            try Files.replaceLink(directory.path("public/\(link)"), target: target)
        }
        try Files.replaceLink(directory.path("uploads/near.txt"), target: "private/a.txt")
    }

    private func worker(fallback: String? = nil, _ change: (inout Application) -> Void = { _ in }) throws -> TestWorker
    {
        var (app, options) = (Application(), FileOptions())
        options.fallback = fallback
        options.index = ["index.html", ".page.html"]
        app.files(directory.path("public"), options)
        app.mount("/media", directory.path("media"))
        app.share([directory.path("uploads"), directory.path("media")])
        for path in ["/lib/index.html", "/secret/*", "/admin/*", "/uploads/private/*", "/media/private/*"] {
            var rule = PathRule(path)
            rule.access = .denied
            app.rules(rule)
        }
        var open = PathRule("/open/*")
        open.access = .allowed
        app.rules(open)
        change(&app)
        return try TestWorker(app)
    }

    private func scripts(_ app: inout Application) {
        var settings = UpstreamSettings.fastCGI
        settings.connectTimeout = .milliseconds(1)
        app.fastCGI(".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"), settings)
    }

    @Test(
        "A rule denies a file by whatever index or link it is reached",
        arguments: [
            "/lib/", "/lib/index.html", "/page.html", "/secrets/page.html", "/uploads/private/a.txt",
            "/uploads/near.txt", "/mine.txt", "/named/", "/named/index.html",
        ])
    func ruled(_ path: String) throws {
        let answer = try worker().get(path)
        #expect(answer.status == 403 && !answer.body.contains("content"), "\(answer.head)")
    }

    @Test(
        "A name that is denied by default is not sent by another name",
        arguments: ["/package.txt", "/env.txt", "/hidden/page.html", "/dot/", "/dot/.page.html"])
    func named(_ path: String) throws {
        let answer = try worker().get(path)
        #expect(answer.status == 404 && !answer.body.contains("content"), "\(answer.head)")
    }

    @Test("What lies compressed beside a file is judged as files are", arguments: ["/style.css", "/mark.css"])
    func compressed(_ path: String) throws {
        let worker = try worker()
        let client = try TestClient(worker.address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 200 && !answer.head.contains("Content-Encoding"), "\(answer.head)")
    }

    @Test("What nothing denies is served, what a rule allows too, and the fallback is the site's own word")
    func served() throws {
        let worker = try worker(fallback: "lib/index.html")
        for (path, name) in [
            ("/fine.css", "public/style.css"), ("/open/package.txt", "public/composer.json"),
            ("/uploads/a.txt", "uploads/a.txt"), ("/elsewhere", "public/lib/index.html"),
        ] {
            #expect(try worker.get(path).body == "content of \(name)", "\(path)")
        }
    }

    @Test("A script is not run by another name either", arguments: [("/run.php", 403), ("/library.php", 404)])
    func scripts(_ path: String, _ status: Int) throws {
        #expect(try worker { scripts(&$0) }.get(path).status == status)
        #expect(try worker { scripts(&$0) }.get("\(path)/info").status == status)
    }
}
