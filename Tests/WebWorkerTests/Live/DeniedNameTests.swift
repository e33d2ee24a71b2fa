import Linux
import TestSupport
import Testing

@testable import WebWorker

/// What lies among a site's files for its makers' sake is nobody's to read unless somebody asks for it.
@Suite struct DeniedNameTests {
    private let directory: TemporaryDirectory
    private static let denied = [
        "composer.json", "composer.lock", "package.json", "package-lock.json", "dump.sql", "deep/dump.SQL",
        "dump.sql.gz",
        "auth.json", "yarn.lock", "sub/error_log", "site.sqlite", "site.sqlite3.gz", "page.html.orig", "page.html.swp",
        "a.php.bak", "page.html~", "deep/Composer.json", "old.bak/page.html", ".env", ".git/config", "vendor/lib/x.js",
        "node_modules/x/x.js", "vendor/lib/run.php",
    ]
    private static let served = [
        "composer.jsonp", "my-package.json", "sql", "sql.txt", "a.original", "error_log.html", "bak.html",
        "deep/vendor/x.js", "vendors/x.js",
        ".well-known/security.txt", "vendor.html",
    ]

    init() throws {
        directory = try TemporaryDirectory()
        for name in Self.denied { try directory.write("public/\(name)", "secret") }
        for name in Self.served { try directory.write("public/\(name)", "for users") }
    }

    private func worker(scripts: Bool = true, _ change: (inout Application) -> Void = { _ in }) throws -> TestWorker {
        var app = Application()
        app.files(directory.path("public"))
        var settings = UpstreamSettings.fastCGI
        settings.connectTimeout = .milliseconds(1)
        if scripts {
            app.fastCGI(
                ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"), settings)
        }
        change(&app)
        return try TestWorker(app)
    }

    @Test(arguments: denied) func isNotServed(_ name: String) throws {
        let worker = try worker()
        for path in ["/\(name)", "//\(name)", "/x/../\(name)", "/\(name.replacing(".", with: "%2e"))"] {
            let answer = try worker.get(path)
            #expect(answer.status == 404 && answer.body != "secret", "\(path): \(answer.head)")
        }
    }

    @Test(arguments: served) func isServed(_ name: String) throws {
        let answer = try worker().get("/\(name)")
        #expect(answer.status == 200 && answer.body == "for users", "\(answer.head)")
    }

    @Test("Without scripts beside them the libraries are files as others")
    func withoutScripts() throws {
        #expect(try worker(scripts: false).get("/vendor/lib/x.js").status == 200)
    }

    @Test("What a server behind answers is its own matter")
    func behind() throws {
        let worker = try worker { $0.forward("/", to: "127.0.0.1:1") }
        #expect(try worker.get("/package.json").status == 502)
    }
}
