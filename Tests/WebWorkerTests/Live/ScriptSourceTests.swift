import Linux
import TestSupport
import Testing

@testable import WebWorker

/// The source of a script is nobody's to read, whatever path, link, index or page leads to its file.
@Suite struct ScriptSourceTests {
    private let directory: TemporaryDirectory
    private static let source = "<?php $password = 'secret';"

    /// Copies, and other names that the same language has.
    private static let kin = [
        "t.php.gz", "t.php.GZ.bz2", "t.php.bak", "t.php~", "t.php.old", "t.php.orig", "t.php.save", "t.phtml", "t.php5",
        "t.PHP7", "t.phar", "t.phps", "t.inc", "t.inc.gz", "t.phtml.br",
    ]

    init() throws {
        directory = try TemporaryDirectory()
        for name in ["home.php", "X.PHP", ".well-known/x.php", "dir/home.php", "other/home.php", "odd.php."] + Self.kin
        {
            try directory.write("public/\(name)", Self.source)
        }
        for (name, text) in [
            ("style.css", "css"), ("dir.php/style.css", "odd css"), ("other/home.html", "<p>home"),
        ] {
            try directory.write("public/\(name)", text)
        }
        for (link, target) in [
            ("link.txt", "home.php"), ("far.txt", "link.txt"), ("absolute.txt", directory.path("public/home.php")),
            ("style.css.gz", "home.php"), ("directory", "dir"),
        ] {
            try Files.replaceLink(directory.path("public/\(link)"), target: target)
        }
    }

    /// A worker before an application that is not there: what goes to it is a 502.
    private func worker(_ change: (inout FileOptions) -> Void) throws -> TestWorker {
        var (app, options) = (Application(), FileOptions())
        change(&options)
        app.files(directory.path("public"), options)
        var settings = UpstreamSettings.fastCGI
        settings.connectTimeout = .milliseconds(1)
        app.fastCGI(
            ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"), settings)
        return try TestWorker(app)
    }

    @Test(arguments: [
        "/", "/home.php", "//home.php", "/%68ome.php", "/home%2ephp", "/x/../home.php", "/home.php/", "/home.php/x",
        "/.well-known/x.php", "/.well-known//x.php", "/X.PHP", "/link.txt", "/far.txt", "/absolute.txt", "/dir/",
        "/dir/home.php", "/directory/home.php", "/directory/", "/home.php%2f", "/home.php%20", "/odd.php.", "/nothing",
        "/home.php;x", "/home.php?x", "/.well-known/../home.php",
    ])
    func noPathLeadsToTheSource(_ path: String) throws {
        let worker = try worker { options in
            options.index = ["home.php"]
            options.fallback = "home.php"
        }
        let answer = try worker.get(path)
        #expect([404, 502].contains(answer.status), "\(answer.head)")
        #expect(!answer.body.contains("secret"))
    }

    @Test(arguments: kin) func whatScriptsAreMadeOfIsNotSent(_ name: String) throws {
        let answer = try worker { _ in }.get("/\(name)")
        #expect(answer.status == 404 && !answer.body.contains("secret"))
    }

    @Test func aRuleAllowsWhatScriptsInclude() throws {
        var (app, rule) = (Application(), PathRule("*.inc"))
        rule.access = .allowed
        app.files(directory.path("public"))
        app.fastCGI(".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"))
        app.rules(rule)
        let worker = try TestWorker(app)
        #expect(try worker.get("/t.inc").body == Self.source)
        #expect(try worker.get("/t.phtml").status == 404)
    }

    @Test func aScriptMayAnswerForADirectoryInItsPlace() throws {
        let worker = try worker { $0.index = ["home.html", "home.php", "later.html"] }
        // The first that is there.
        #expect(try worker.get("/other/").body == "<p>home")
        #expect(try worker.get("/dir/").status == 502)
        #expect(try worker.get("/").status == 502)
    }

    @Test func whatOnlyLiesNearAScriptIsServed() throws {
        let worker = try worker { _ in }
        #expect(try worker.get("/dir.php/style.css").body == "odd css")
        // The link beside it leads to a script.
        let answer = try worker.get("/style.css")
        #expect(answer.body == "css" && !answer.head.contains("Content-Encoding"))
    }

    @Test func aPageForAnErrorIsNoScript() throws {
        for page in ["home.php", "link.txt"] {
            let error = #expect(throws: ConfigurationError.self) {
                _ = try worker { $0.errorPages = [.notFound: page] }
            }
            #expect(error?.description.contains(page) == true)
        }
    }
}
