import Linux
import TestSupport
import Testing

@testable import WebWorker

@Suite("Rules by path")
struct RuleTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for name in [
            "index.html", "data/secret.txt", "composer.json", ".config/public.txt", "style.css", "app/index.html",
            "vendor/x.js", "vendor/run.php", "page.php", "admin/page.html", "a+b/secret.txt",
        ] {
            try directory.write("public/\(name)", name)
        }
    }

    private func rule(_ path: String, _ change: (inout PathRule) -> Void) -> PathRule {
        var rule = PathRule(path)
        change(&rule)
        return rule
    }

    private func worker(_ rules: [PathRule], _ change: (inout Application) -> Void = { _ in }) throws -> TestWorker {
        var (app, options) = (Application(), FileOptions())
        options.cacheControl = [FileOptions.CacheRule("*.css", "max-age=1")]
        app.files(directory.path("public"), options)
        for rule in rules { app.rules(rule) }
        change(&app)
        return try TestWorker(app)
    }

    private func scripts(_ app: inout Application, fallback: String? = nil) {
        var settings = UpstreamSettings.fastCGI
        settings.connectTimeout = .milliseconds(1)
        app.fastCGI(
            ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("public"), fallback: fallback,
            settings)
    }

    // MARK: Patterns

    @Test(
        arguments: [
            ("/a", "/a", true), ("/a", "/a/", false), ("/a", "/ab", false), ("/a/*", "/a", true), ("/a/*", "/a/", true),
            ("/a/*", "/a/b/c", true), ("/a/*", "/ab", false), ("*.sql", "/x/dump.sql", true), ("*.sql", "/.sql", true),
            ("*.sql", "/sql", false), ("/a*", "/abc/d", true), ("/*/x", "/b/c/x", true), ("/*/x", "/x", false),
            ("/a*b*c", "/a1b2c", true), ("/a*b*c", "/abc", true), ("/a*b*c", "/acb", false), ("/ab*ba", "/aba", false),
            ("*", "/", true), ("/*", "/x", true), ("/*", "/", true), ("/a**b", "/axb", true),
        ])
    func patterns(_ pattern: String, _ path: String, _ isMatch: Bool) throws {
        let bytes = Array(path.utf8)
        #expect((try #require(PathPattern(pattern)).match(0..<bytes.count, bytes.span) != nil) == isMatch)
    }

    @Test(arguments: ["", "a", "/a?b", "/a%20", "/a//b", "/a/../b", "/./a", "/a b", "/a#b"])
    func noPatterns(_ text: String) { #expect(PathPattern(text) == nil) }

    // MARK: Deny and allow

    @Test(
        "What is denied is 403, however it is spelled, and goes before all that would answer",
        arguments: [
            "/data/secret.txt", "/data", "/data/", "//data/secret.txt", "/d%61ta/secret.txt", "/x/../data/secret.txt",
            "/data%2Fsecret.txt", "/a+b/secret.txt", "/a%2Bb/secret.txt", "/data/route",
        ])
    func denied(_ path: String) throws {
        let worker = try worker([
            rule("/data/*") { $0.access = .denied }, rule("/a+b/*") { $0.access = .denied },
        ]) { app in
            app.get("/data/route", always: Response(text: "route"))
            app.forward("/data", to: "127.0.0.1:1")
        }
        #expect(try worker.get(path).status == 403)
        #expect(try worker.get("/style.css").status == 200)
    }

    @Test("A rule allows what is denied by default, and the first rule for a path counts")
    func allowed() throws {
        let worker = try worker([
            rule("/composer.json") { $0.access = .allowed }, rule("/.config/*") { $0.access = .allowed },
            rule("/vendor/*.js") { $0.access = .allowed }, rule("/admin/page.html") { $0.access = .allowed },
            rule("/admin/*") { $0.access = .denied },
        ]) { scripts(&$0) }
        for path in ["/composer.json", "/.config/public.txt", "/vendor/x.js", "/admin/page.html"] {
            #expect(try worker.get(path).body == String(path.dropFirst()), "\(path)")
        }
        #expect(try worker.get("/admin/").status == 403)
        #expect(try worker.get("/vendor/run.php").status == 404)
        #expect(try worker.get("/.config/../.other").status == 404)
    }

    @Test("A script that is denied is not run with PATH_INFO or by its directory either")
    func deniedScripts() throws {
        try directory.write("public/blog/index.php", "")
        let worker = try worker([
            rule("/page.php") { $0.access = .denied }, rule("/blog/index.php") { $0.access = .denied },
        ]) { scripts(&$0) }
        for path in ["/page.php", "/page.php/x", "/p%61ge.php/x/y", "/blog/", "/blog/index.php/x"] {
            #expect(try worker.get(path).status == 403, "\(path)")
        }
        #expect(try worker.get("/vendor.php/x").status == 404)
    }

    // MARK: Redirects

    @Test(
        arguments: [
            ("/old/a/b?q=1", "308 /new/a/b?q=1"), ("/old", "308 /new/"), ("/old/%C3%A4%20x", "308 /new/%C3%A4%20x"),
            ("/old/%2Fevil.com", "308 /new/evil.com"), ("/old/%5Cevil.com", "308 /new/%5Cevil.com"),
            ("/top/%2F%2Fevil.com", "308 /evil.com"), ("/go/x?q", "302 https://www.foobar.com/x?q"),
            ("/one/deep", "308 /somewhere?own=1"), ("/top/", "308 /"),
        ])
    func redirects(_ path: String, _ expected: String) throws {
        let worker = try worker([
            rule("/old/*") { $0.redirect = PathRule.Redirect("/new/*") },
            rule("/top/*") { $0.redirect = PathRule.Redirect("/*") },
            rule("/go/*") { $0.redirect = PathRule.Redirect("https://www.foobar.com/*", status: .found) },
            rule("/one/*") { $0.redirect = PathRule.Redirect("/somewhere?own=1") },
        ])
        let answer = try worker.get(path)
        let location = answer.head.split(separator: "\r\n").first { $0.hasPrefix("Location: ") }?.dropFirst(10)
        #expect("\(answer.status) \(location ?? "")" == expected)
    }

    // MARK: Header fields and limits

    @Test("Fields stand in all answers, each once, from the first rule that has its name")
    func headers() throws {
        let worker = try worker([
            rule("/admin/*") {
                $0.headers = ["X-Frame-Options": "DENY"]
                $0.access = .denied
            },
            rule("/*") { $0.headers = ["X-Frame-Options": "SAMEORIGIN", "Strict-Transport-Security": "max-age=1"] },
        ]) { app in
            app.get("/route") { _ in Response(text: "route") }
            app.get("/later") { _ async in Response(text: "later") }
        }
        for (path, frame) in [
            ("/style.css", "SAMEORIGIN"), ("/", "SAMEORIGIN"), ("/missing", "SAMEORIGIN"), ("/admin/", "DENY"),
            ("/data", "SAMEORIGIN"), ("/route", "SAMEORIGIN"), ("/later", "SAMEORIGIN"),
        ] {
            let head = try worker.get(path).head
            #expect(
                head.contains("\r\nX-Frame-Options: \(frame)\r\n")
                    && head.contains("\r\nStrict-Transport-Security: max-age=1\r\n"))
            #expect(head.split(separator: "\r\n").count { $0.hasPrefix("X-Frame-Options") } == 1, "\(path): \(head)")
        }
    }

    @Test("What a server behind says is replaced, taken away or kept as it is")
    func headersBehind() throws {
        var table = RuleTable()
        _ = table.add(
            rule("/*") {
                $0.headers = ["X-Powered-By": "", "X-Frame-Options": "DENY", "Vary": "Origin"]
                $0.cacheControl = "no-store"
            })
        let path = Array("/x".utf8)
        let match = table.match(0..<path.count, path.span)
        let fields = Array("x-frame-options: ALLOW\r\nX-Powered-By: PHP\r\nVary: Cookie\r\nPragma: no\r\nA: b\r\n".utf8)
        #expect(
            String(decoding: table.applied(to: fields, match, status: 200), as: UTF8.self)
                == "Vary: Cookie\r\nA: b\r\nCache-Control: no-store\r\n")
        #expect(
            String(decoding: table.applied(to: fields, match, status: 500), as: UTF8.self)
                == "Vary: Cookie\r\nPragma: no\r\nA: b\r\n")
        var out: [UInt8] = []
        table.write(match, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "Vary: Origin\r\nX-Frame-Options: DENY\r\n")
    }

    @Test("A rule for caches goes before the options of files")
    func caches() throws {
        let worker = try worker([rule("/style.css") { $0.cacheControl = "no-cache" }])
        let answer = try worker.get("/style.css")
        #expect(answer.has("Cache-Control: no-cache") && !answer.head.contains("max-age"))
    }

    @Test("A body may be as long as the rule for its path says")
    func limits() throws {
        let worker = try worker([
            rule("/small") { $0.maxBodyBytes = 4 }, rule("/large") { $0.maxBodyBytes = 9 << 20 },
        ]) { app in
            app.configuration.maxBodyBytes = 8
            for path in ["/small", "/usual", "/large"] { app.post(path) { Response(text: "\($0.body.count)") } }
        }
        for (path, length, status) in [
            ("/small", 4, 200), ("/small", 5, 413), ("/usual", 8, 200), ("/usual", 9, 413), ("/large", 9000, 200),
        ] {
            for isChunked in [false, true] {
                let client = try TestClient(worker.address)
                let body = String(repeating: "x", count: length)
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)"
                let sent = isChunked ? "\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n" : body
                try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(sent)")
                #expect(try client.answer().status == status, "\(path) \(length) \(isChunked)")
            }
        }
    }

    // MARK: Fallbacks

    /// What goes to the application is a 502: it is not there.
    @Test(
        arguments: [
            ("/app/some/page", 200), ("/app/missing.png", 200), ("/off/x", 404), ("/elsewhere", 502), ("/x.php", 404),
            ("/wiki/x.php", 502), ("/script/x", 502), ("/missing.png", 502),
        ])
    func fallbacks(_ path: String, _ status: Int) throws {
        let worker = try worker([
            rule("/app/*") { $0.fallback = .path("/app/index.html") }, rule("/off/*") { $0.fallback = .off },
            rule("/wiki/*") { $0.fallback = .always }, rule("/script/*") { $0.fallback = .path("/page.php") },
        ]) { scripts(&$0, fallback: "/page.php") }
        #expect(try worker.get(path).status == status)
    }

    // MARK: As nginx

    @Test(
        "A method that does not read is refused on a file and runs the fallback elsewhere; a directory leads to its slash",
        arguments: [
            ("POST /style.css", 405), ("POST /page.php", 502), ("POST /elsewhere", 502), ("POST /missing.php", 404),
            ("GET /missing.php", 404), ("GET /missing.php/info", 404), ("GET /photo.jpg/x.php", 404),
            ("POST /app", 308), ("GET /app", 308), ("BREW /style.css", 501), ("DELETE /style.css", 405),
            ("GET /./page.php", 502), ("GET //page.php", 502), ("GET /a/../page.php", 502),
        ])
    func asNginx(_ request: String, _ status: Int) throws {
        let worker = try worker([]) { scripts(&$0, fallback: "/page.php") }
        let client = try TestClient(worker.address)
        try client.send("\(request) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.answer().status == status)
    }

    @Test("A directory of scripts without its slash leads to it if a script would answer")
    func scriptDirectories() throws {
        try directory.write("scripts/blog/index.php", "")
        try directory.write("scripts/src/code.php", "")
        let worker = try worker([]) { app in
            var settings = UpstreamSettings.fastCGI
            settings.connectTimeout = .milliseconds(1)
            app.fastCGI(
                ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("scripts"), fallback: "/x.php",
                settings)
        }
        let answer = try worker.get("/blog?q=1")
        #expect(answer.status == 308 && answer.has("Location: /blog/?q=1"))
        #expect(try worker.get("/src").status == 502)
        #expect(try worker.get("/blog/").status == 502)
    }

    // MARK: Mistakes

    @Test func mistakesAreTold() {
        var app = Application()
        app.rules(
            PathRule("/alone"), PathRule("bad"), rule("/a/*") { $0.redirect = PathRule.Redirect("//evil.com") },
            rule("/b") { $0.redirect = PathRule.Redirect("/c/*") },
            rule("/d/*") { $0.redirect = PathRule.Redirect("https://host*") },
            rule("/e") { $0.redirect = PathRule.Redirect("/f", status: .ok) },
            rule("/g") { $0.headers = ["Content-Length": "1"] }, rule("/h") { $0.headers = ["a b": "1"] },
            rule("/i") { $0.headers = ["X": "a\r\nb"] }, rule("/j") { $0.fallback = .path("x") })
        let error = #expect(throws: ConfigurationError.self) { try app.check() }
        let text = error?.description ?? ""
        for word in ["/alone", "bad", "/a/*", "/b", "/d/*", "/e", "/g", "/h", "/i", "/j"] {
            #expect(text.contains("rule \"\(word)\""), "\(word) in \(text)")
        }
    }
}
