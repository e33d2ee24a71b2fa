import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Several sites in one worker, by the host of a request.
@Suite struct VirtualHostTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for site in ["own", "wiki", "shop"] {
            try directory.write("\(site)/index.html", site)
            try directory.write("\(site)/sub/page.html", "\(site) page")
            try directory.write("\(site)/only-\(site).txt", site)
            try directory.write("\(site)/404.html", "nothing in \(site)")
            try directory.write("\(site)/x.php", "source of \(site)")
        }
    }

    private func site(_ name: String, _ change: (inout Application) -> Void = { _ in }) -> Application {
        var (app, options) = (Application(), FileOptions())
        options.errorPages = [.notFound: "404.html"]
        app.files(directory.path(name), options)
        app.accessLog(AccessLog(path: directory.path("\(name).log")))
        change(&app)
        return app
    }

    private func worker(_ unknown: Hosts.Unknown = .serve) throws -> TestWorker {
        var app = site("own") { app in
            app.hosts(Hosts(served: [], redirected: ["old.example": "https://wiki.example"], unknown: unknown))
            app.get("/route", always: Response(text: "route"))
        }
        app.site(
            ["wiki.example", "*.wiki.example"],
            site("wiki") { app in
                var rule = PathRule("/sub/*")
                rule.access = .denied
                app.rules(rule)
                var settings = UpstreamSettings.fastCGI
                settings.connectTimeout = .milliseconds(1)
                app.fastCGI(
                    ".php", to: "unix:\(directory.path)/none.sock", root: directory.path("wiki"), settings)
            })
        app.site(
            ["shop.example", "deep.wiki.example"],
            site("shop") { app in
                var rule = PathRule("/*")
                rule.headers = ["X-Shop": "yes"]
                app.rules(rule)
            })
        return try TestWorker(app)
    }

    @Test("Answers are counted by site, those of no site and refused ones with number 0")
    func counts() throws {
        let worker = try worker(.refuse)
        let client = try TestClient(worker.address)
        for (host, path) in [
            ("wiki.example", "/"), ("a.wiki.example", "/"), ("wiki.example", "/x.php"), ("shop.example", "/none"),
            ("old.example", "/"), ("unknown.example", "/"),
        ] { _ = try ask(client, host, path) }
        #expect(worker.sites == [[0, 2, 0], [1, 3, 1], [2, 1, 0]])
        #expect(worker.count(.requests) == 6)
        try client.send("GET\r\n\r\n")
        #expect(try client.answer().status == 400)
        #expect(worker.sites.first == [0, 3, 0])
        let one = try TestWorker(site("own"))
        _ = try ask(TestClient(one.address), "a", "/")
        #expect(one.sites == [], "a single site is the worker itself")
    }

    private func ask(_ client: TestClient, _ host: String, _ path: String) throws -> TestClient.Answer {
        try client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        return try client.answer()
    }

    @Test("Each host has its own files, scripts, rules and pages, on one connection as well")
    func apart() throws {
        let worker = try worker()
        let client = try TestClient(worker.address)
        for _ in 0..<3 {
            for (host, path, status, body) in [
                ("any.example", "/", 200, "own"), ("wiki.example", "/", 200, "wiki"),
                ("SHOP.example:80", "/", 200, "shop"),
                ("a.wiki.example", "/", 200, "wiki"), ("deep.wiki.example", "/", 200, "shop"),
                ("any.example", "/sub/page.html", 200, "own page"),
                ("shop.example", "/sub/page.html", 200, "shop page"),
                ("wiki.example", "/only-wiki.txt", 200, "wiki"),
                ("shop.example", "/only-wiki.txt", 404, "nothing in shop"),
                ("wiki.example", "/only-shop.txt", 404, "nothing in wiki"),
                ("any.example", "/none", 404, "nothing in own"),
                ("any.example", "/x.php", 200, "source of own"), ("any.example", "/route", 200, "route"),
            ] {
                let answer = try ask(client, host, path)
                #expect(answer.status == status && answer.body == body, "\(host)\(path): \(answer.head)")
                #expect(answer.has("X-Shop: yes") == (body.contains("shop")), "\(host)\(path)")
            }
            #expect(try ask(client, "wiki.example", "/sub/page.html").status == 403)
            #expect(try ask(client, "wiki.example", "/x.php").status == 502)
            let led = try ask(client, "old.example", "/a?b")
            #expect(led.status == 308 && led.has("Location: https://wiki.example/a?b"))
        }
    }

    @Test("The scripts of one site are not sent by another one that has their directory too")
    func sources() throws {
        for name in ["lib", "lent"] { try directory.write("\(name)/x.php", "source") }
        try directory.write("lib/x.js", "js")
        try Files.replaceLink(directory.path("shop/link"), target: directory.path("lent"))
        var app = site("own") { app in
            app.mount("/lib", directory.path("lib"))
            app.mount("/wiki", directory.path("wiki"))
        }
        app.site(
            ["wiki.example"],
            site("wiki") { app in
                app.mount("/lib", directory.path("lib"))
                app.follow(directory.path("lent"))
                app.fastCGI(".php", to: "unix:\(directory.path)/none.sock", root: directory.path("wiki"))
            })
        app.site(["shop.example"], site("shop") { $0.follow(directory.path("lent")) })
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for (host, path, status) in [
            ("own.example", "/lib/x.php", 404), ("own.example", "/wiki/x.php", 404), ("own.example", "/lib/x.js", 200),
            ("shop.example", "/link/x.php", 404), ("own.example", "/x.php", 200),
        ] {
            let answer = try ask(client, host, path)
            #expect(answer.status == status, "\(host)\(path): \(answer.head)")
        }
    }

    @Test("Pages that are common to all sites lie anywhere, and each site's own go before them")
    func commonPages() throws {
        try directory.write("pages/lost.html", "common")
        try directory.write("wiki/lost.html", "of wiki")
        var app = Application()
        app.get("/route", always: Response(text: "route"))
        app.errorPages([.notFound: "lost.html"], below: directory.path("pages"))
        for name in ["wiki", "shop"] {
            var other = Application()
            other.files(directory.path(name))
            other.errorPages([.notFound: "lost.html"], below: directory.path("pages"))
            app.site(["\(name).example"], other)
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for (host, body) in [("own.example", "common"), ("wiki.example", "of wiki"), ("shop.example", "common")] {
            let answer = try ask(client, host, "/missing")
            #expect(answer.status == 404 && answer.body == body, "\(host)")
        }
        app = Application()
        app.errorPages([.notFound: "nowhere.html"], below: directory.path("pages"))
        let error = #expect(throws: ConfigurationError.self) { try app.check() }
        #expect(error?.description.contains("nowhere.html") == true)
    }

    @Test("A host that nobody has is refused, if that is wanted")
    func unknown() throws {
        let worker = try worker(.refuse)
        let client = try TestClient(worker.address)
        #expect(try ask(client, "any.example", "/").status == 421)
        #expect(try ask(client, "wiki.example", "/").body == "wiki")
    }

    @Test("Each host has its own access log")
    func logs() throws {
        let worker = try worker()
        let client = try TestClient(worker.address)
        for (host, path) in [("wiki.example", "/w"), ("shop.example", "/s"), ("any.example", "/o")] {
            _ = try ask(client, host, path)
        }
        for (name, path) in [("wiki", "/w"), ("shop", "/s"), ("own", "/o")] {
            try wait(for: "a line of \(name)") {
                let text =
                    (try? Files.read(directory.path("\(name).log"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return text.contains("\"GET \(path) HTTP/1.1\" 404 ") && text.split(separator: "\n").count == 1
            }
        }
    }

    @Test("What is wrong with one of them is told")
    func mistakes() throws {
        var app = Application()
        var other = Application()
        other.files(directory.path("missing"))
        other.mount("bad", directory.path("own"))
        app.site(["a.example"], other)
        let error = #expect(throws: ConfigurationError.self) { try app.check() }
        #expect(error?.description.contains("missing") == true && error?.description.contains("bad") == true)
    }
}
