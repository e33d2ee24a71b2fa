import FoundationEssentials
import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("deployd as the web server of a release")
struct WebTests {
    private func read(_ web: String) -> Reading<Manifest> {
        Manifest.read(Array("{ web: \(web) }".utf8), directory: "/srv/v1", shownFile: "f")
    }

    @Test("What it is to do is read, with the defaults of the server")
    func reads() throws {
        let web = try #require(
            try read(
                """
                { files: "public", index: ["index.html", "index.php"], fallback: "app.html", precompressed: false,
                  cacheControl: { "*.css": "a", "/assets/**": "b" }, errorPages: { "404": "404.html" },
                  hosts: ["www.foobar.com"], redirects: { "foobar.com": "https://www.foobar.com" }, otherHosts: "refuse",
                  forward: { "/api": "app", "/": "127.0.0.1:8000" }, fastcgi: { to: "php", fallback: "/index.php" },
                  wholeBodies: true, streamTimeout: "1h", answersHalfClosed: true,
                  accessLog: { format: "json", file: "access.log" }, trustedProxies: ["10.0.0.0/8"],
                  proxyProtocol: true, maxBodyBytes: "1M", answerTimeout: "5s" }
                """
            ).get().web)
        #expect(web.files == "public" && web.index.count == 2 && web.fallback == "app.html" && !web.precompressed)
        #expect(web.cacheControl.map(\.pattern) == ["/assets/**", "*.css"], "the longest first")
        #expect(web.errorPages == [404: "404.html"] && web.otherHosts == .refuse)
        #expect(web.targets.map(\.target) == ["127.0.0.1:8000", "app", "php"])
        #expect(web.fastcgi?.suffix == ".php" && web.fastcgi?.root == nil)
        #expect(web.accessLog == WebSettings.AccessLog(format: .json, file: "access.log"))
        #expect(web.maxBodyBytes == 1 << 20 && web.answerTimeout == 5_000_000)
        #expect(web.wholeBodies && web.streamTimeout == 3_600_000_000 && web.answersHalfClosed)
        #expect(web.fastcgi?.wholeBodies == nil)
        let short = try #require(try read("{ files: 'p', accessLog: 'combined' }").get().web)
        #expect(short.accessLog == WebSettings.AccessLog() && short.fastcgi == nil && short.forward.isEmpty)
        let old = try JSONDecoder().decode(WebSettings.self, from: Data("{\"files\":\"p\"}".utf8))
        #expect(try old == read("{ files: 'p' }").get().web, "what another version wrote down")
        #expect(web.compress.isOn && web.compress.types == nil, "compresses without being told to")
        let off = try #require(
            try read("{ files: 'p', compress: false, rules: [{ path: '/a', compress: false }] }").get().web)
        #expect(!off.compress.isOn && off.rules[0].compress == false)
        #expect(try JSONDecoder().decode(WebSettings.self, from: JSONEncoder().encode(off)) == off)
        let own = try read("{ files: 'p', compress: { types: ['text/*'], leastBytes: '2K', level: 9 } }").get().web
        #expect(own?.compress == CompressionSettings(types: ["text/*"], leastBytes: 2048, level: 9))
        let wrong = read("{ files: 'p', compress: { types: ['html'], level: 0 } }")
        #expect(throws: (any Error).self) { try wrong.get() }
        let again = try JSONDecoder().decode(WebSettings.self, from: JSONEncoder().encode(web))
        #expect(again == web)
        #expect(try read("{ files: 'p' }").get().command == ["deployd", "__web"])
        #expect(try Manifest.read(Array("{ command: ['a'] }".utf8), directory: "/", shownFile: "f").get().web == nil)
    }

    @Test("Rules are read in their order, with no more than they say")
    func rules() throws {
        let web = try #require(
            try read(
                """
                { files: 'p', rules: [
                  { path: '/a/*', deny: true, headers: { A: 'b', 'X-Powered-By': '' } },
                  { path: '*.x', redirect: 'https://a/*', status: 302, cache: 'no-store', maxBodyBytes: '1M' },
                  { path: '/b', fallback: false }, { path: '/c', fallback: true }, { path: '/d', fallback: '/e.php' },
                  { path: '/f', deny: false } ] }
                """
            ).get().web)
        #expect(web.rules.map(\.path) == ["/a/*", "*.x", "/b", "/c", "/d", "/f"])
        #expect(web.rules[0].deny == true && web.rules[0].headers == ["A": "b", "X-Powered-By": ""])
        #expect(
            web.rules[1].redirect == "https://a/*" && web.rules[1].status == 302 && web.rules[1].cache == "no-store")
        #expect(web.rules[1].maxBodyBytes == 1 << 20 && web.rules[1].deny == nil)
        #expect(web.rules[2...4].map(\.fallback) == [.off, .always, .path("/e.php")] && web.rules[5].deny == false)
        let again = try JSONDecoder().decode(WebSettings.self, from: JSONEncoder().encode(web))
        #expect(again == web)
    }

    @Test(
        "Mistakes in rules are told with their key",
        arguments: [
            ("'x'", "web.rules: found \"x\", expected a list of rules"),
            ("['x']", "web.rules[0]: found \"x\", expected a rule"),
            ("[{ deny: true }]", "web.rules[0].path: found nothing"),
            ("[{ path: '/a' }]", "web.rules[0].path: found it alone, expected deny, redirect"),
            ("[{ path: 'a', deny: true }]", "web.rules[0].path: found \"a\", expected a decoded path"),
            ("[{ path: '/a%20', deny: true }]", "web.rules[0].path: found \"/a%20\""),
            ("[{ path: '/a/../b', deny: true }]", "web.rules[0].path: found \"/a/../b\""),
            ("[{ path: '/a/*', redirect: '//b' }]", "web.rules[0].redirect: found \"//b\""),
            ("[{ path: '/a', redirect: '/b/*' }]", "web.rules[0].redirect: found \"/b/*\""),
            ("[{ path: '/a/*', redirect: 'https://b*' }]", "web.rules[0].redirect: found \"https://b*\""),
            ("[{ path: '/a', redirect: '/b', status: 200 }]", "web.rules[0].status: found 200"),
            ("[{ path: '/a', deny: true, status: 301 }]", "web.rules[0].status: found it without `redirect`"),
            ("[{ path: '/a', headers: { 'Cache-Control': 'x' } }]", "expected the key `cache`"),
            ("[{ path: '/a', headers: { 'Content-Length': 'x' } }]", "expected none that is the server's own"),
            ("[{ path: '/a', headers: { 'a b': 'x' } }]", "expected the name of a header field"),
            ("[{ path: '/a', headers: { a: 'x\\ny' } }]", "expected a string without control characters"),
            ("[{ path: '/a', headers: { A: 'x', a: 'y' } }]", "expected one value for a header"),
            ("[{ path: '/a', fallback: 'b' }]", "web.rules[0].fallback: found \"b\""),
            ("[{ path: '/a', dney: true }]", "web.rules[0].dney: found an unknown key, expected \"deny\""),
        ])
    func ruleMistakes(_ rules: String, _ words: String) {
        let problems = read("{ files: 'p', rules: \(rules) }").problems.map(\.description)
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test("A site has what is common, unless it says otherwise, and its rules go first")
    func sites() throws {
        let web = try #require(
            try read(
                """
                { index: ['a.html'], accessLog: 'json', hosts: ['own.com'], rules: [{ path: '/*', cache: 'c' }], sites: {
                    'www.a.com': { files: 'www', hosts: ['a.com'], rules: [{ path: '/x', deny: true }] },
                    'b.com': { forward: { '/': 'app' }, index: ['b.html'], accessLog: 'combined' } } }
                """
            ).get().web)
        #expect(web.sites.map(\.hosts) == [["b.com"], ["www.a.com", "a.com"]] && !web.answers)
        let (b, a) = (web.sites[0].settings, web.sites[1].settings)
        #expect(
            a.files == "www" && a.index == ["a.html"] && a.rules.map(\.path) == ["/x", "/*"]
                && a.accessLog?.format == .json)
        #expect(
            b.files == nil && b.index == ["b.html"] && b.rules.map(\.path) == ["/*"] && b.accessLog?.format == .combined
        )
        #expect(web.targets.map(\.key) == ["web.sites[\"b.com\"].forward[\"/\"]"])
        let again = try JSONDecoder().decode(WebSettings.self, from: JSONEncoder().encode(web))
        #expect(again == web)
    }

    @Test(
        "Mistakes in sites are told with their key, once",
        arguments: [
            ("[]", "web.sites: found an empty list, expected an object of hosts and sites"),
            ("{ 'a.com': 'x' }", "web.sites[\"a.com\"]: found \"x\", expected a site"),
            ("{ 'a.com': {} }", "web.sites[\"a.com\"]: found nothing that answers"),
            ("{ 'a.com': { fils: 'x' } }", "web.sites[\"a.com\"].fils: found an unknown key"),
            ("{ 'a.com': { files: 'x', proxyProtocol: true } }", "].proxyProtocol: found an unknown key"),
            ("{ 'a.com': { files: 'x' }, 'b.com': { files: 'y', hosts: ['A.com'] } }", "expected one site for a host"),
        ])
    func siteMistakes(_ sites: String, _ words: String) {
        let problems = read("{ sites: \(sites) }").problems.map(\.description)
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test("Mounts and directories to follow are read, and enough to serve")
    func mounts() throws {
        let web = try #require(try read("{ mounts: { '/media': '/srv/media' }, follow: ['/usr/share'] }").get().web)
        #expect(web.mounts == ["/media": "/srv/media"] && web.follow == ["/usr/share"] && web.files == nil)
        let again = try JSONDecoder().decode(WebSettings.self, from: JSONEncoder().encode(web))
        #expect(again == web)
        for (mounts, words) in [
            ("{ media: '/x' }", "web.mounts.media: found the path \"media\""),
            ("{ '/': '/x' }", "found the path \"/\""),
            ("{ '/a': '/x', '/a/': '/y' }", "expected one directory for a path"),
        ] {
            let problems = read("{ mounts: \(mounts) }").problems.map(\.description)
            #expect(problems.contains { $0.contains(words) }, "\(problems)")
        }
    }

    @Test(
        "Mistakes are told with their key",
        arguments: [
            ("{}", "web.files: found nothing, expected files, forward or fastcgi"),
            ("{ files: 'p', errorPages: { '200': 'x' } }", "web.errorPages.200: found the status \"200\""),
            (
                "{ files: 'p', redirects: { a: 'www.a' } }",
                "web.redirects.a: found \"www.a\", expected the target of the redirect"
            ),
            ("{ files: 'p', redirects: { a: 'http://b/' } }", "web.redirects.a: found \"http://b/\""),
            (
                "{ forward: { api: 'app' } }",
                "web.forward.api: found the path \"api\", expected one that begins with a slash"
            ),
            (
                "{ forward: { '/api': 'app', '/api/': 'other' } }",
                "web.forward[\"/api/\"]: found \"/api/\" beside \"/api\", expected one way for a path"
            ),
            (
                "{ files: 'p', redirects: { 'A.com': 'https://b.com', 'a.com': 'https://c.com' } }",
                "web.redirects[\"a.com\"]: found \"a.com\" beside \"A.com\", expected one target for a host"
            ),
            ("{ fastcgi: {} }", "web.fastcgi.to: found nothing"),
            ("{ fastcgi: { to: 5 } }", "web.fastcgi.to: found 5, expected a kind of process with a socket"),
            ("{ fastcgi: 'php' }", "web.fastcgi: found \"php\", expected an object: { to: \"php\" }"),
            ("{ files: 5 }", "web.files: found 5"), ("{ forward: 'app' }", "web.forward: found \"app\""),
            ("{ fils: 'p' }", "web.fils: found an unknown key, expected \"files\""),
            ("'public'", "web: found \"public\""),
            (
                "{ files: 'p', accessLog: 'apache' }",
                "web.accessLog: found \"apache\", expected \"combined\" or \"json\""
            ),
            ("{ files: 'p', fils: 1 }", "web.fils: found an unknown key, expected \"files\""),
        ])
    func mistakes(_ web: String, _ expected: String) {
        let found = read(web).problems.map(\.description)
        #expect(found.count == 1 && found[0].contains(expected), "\(web): \(found)")
    }

    @Test("It is started as deployd itself, and told what to do; what it names has to be there")
    func resolves() throws {
        let scratch = try TemporaryDirectory()
        let surroundings = Surroundings(
            workingDirectory: scratch.path, userID: ThisProcess.uid, executableDirectory: "/opt/deployd")
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        try scratch.release(
            "releases/v1",
            manifest: """
                { web: { files: "public", fallback: "app.html", forward: { "/": "app", "/b": "jobs" },
                         fastcgi: { to: "nobody", root: "scripts" }, hosts: ["*.foobar.com", "www.foobar.com"] },
                  processes: { app: { command: ["/bin/sh"], socket: "listen" }, jobs: ["/bin/sh"] } }
                """)
        let keys = resolver.examine("releases/v1").problems.map(\.keyPath)
        #expect(
            keys.sorted() == [
                "web.fallback", "web.fastcgi.root", "web.fastcgi.to", "web.files", "web.forward[\"/b\"]",
            ], "\(keys)")
        try scratch.release(
            "releases/v1",
            manifest: """
                { web: { files: "public", hosts: ["*.foobar.com", "www.foobar.com"] } }
                """)
        try scratch.write("releases/v1/public/index.html", "")
        try scratch.release(
            "releases/v2",
            manifest: """
                { web: { files: "public", fallback: "app.PHP", errorPages: { "404": "lost.php" },
                         fastcgi: { to: "127.0.0.1:9000", wholeBodies: false } } }
                """)
        for file in ["app.PHP", "lost.php"] { try scratch.write("releases/v2/public/\(file)", "") }
        let scripts = resolver.examine("releases/v2").problems.map(\.keyPath)
        #expect(scripts == ["web.errorPages.404", "web.fallback"], "their source would be sent")
        let release = try resolver.resolve("releases/v1")
        #expect(release.executable == "/opt/deployd/deployd" && release.arguments == ["deployd", "__web"])
        #expect(release.environment["DEPLOYD_WEB"]?.contains("\"files\":\"public\"") == true)
        let text = try #require(release.environment["DEPLOYD_WEB"])
        let told = try JSONDecoder().decode(WebSettings.self, from: Data(text.utf8)).reserved
        #expect(told.files.contains("\(release.path)/release.json"))
        #expect(told.directories.contains(resolver.configuration.stateDirectory))
        let runnable = try RunnableRelease(release)
        #expect(runnable.healthHost == "www.foobar.com", "the probe asks for a host that is served")
        let both = Manifest.read(
            Array("{ web: { files: 'p' }, command: ['a'] }".utf8), directory: "/", shownFile: "f")
        #expect(both.problems.map(\.keyPath) == ["command"])
    }

    @Test(
        "One mistake is told once, though several looks come upon it",
        arguments: [
            ("{ fastcgi: 'php' }", "web.fastcgi"), ("{ fastcgi: { to: 5 } }", "web.fastcgi.to"),
            ("{ files: 5, errorPages: {} }", "web.files"), ("'public'", "web"),
        ])
    func tellsOnce(web: String, key: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ web: \(web) }")
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        #expect(resolver.examine("releases/v1").problems.map(\.keyPath) == [key])
    }

    @Test("That the release's own directory is served is a warning, and what deployd reads of it is reserved")
    func ownDirectory() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("site.env", "A=1\n")
        for name in ["own.env", "index.html", "public/index.html"] { try scratch.write("releases/v1/\(name)", "A=1\n") }
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        var configuration = Configuration.defaults(surroundings)
        configuration.environmentFiles = [EnvironmentFileReference(path: scratch.path("site.env"))]
        let resolver = ReleaseResolver(configuration: configuration, surroundings: surroundings)
        func examine(_ files: String) throws -> ReleaseExamination {
            try scratch.release(
                "releases/v1", manifest: "{ web: { files: '\(files)' }, environmentFiles: ['own.env', '-none.env'] }")
            return resolver.examine("releases/v1")
        }
        #expect(try examine("public").warnings == [])
        let found = try examine(".")
        #expect(found.problems == [] && found.warnings.count == 1)
        #expect(
            found.warnings.first?.hasPrefix(
                "releases/v1/release.json: web.files: \".\" is the release's own directory: ") == true,
            "\(found.warnings)")
        #expect(try examine("..").warnings.first?.contains("is above the release's own directory") == true)
        let release = try #require(found.release)
        let text = try #require(release.environment["DEPLOYD_WEB"])
        let told = try JSONDecoder().decode(WebSettings.self, from: Data(text.utf8)).reserved.files
        let own = ["release.json", "own.env", "none.env"].map { "\(release.path)/\($0)" }
        let expected = own + [scratch.path("site.env")]
        #expect(expected.allSatisfy(told.contains), "\(told)")
    }

    @Test(
        "That nothing answers the site's first page is a warning",
        arguments: [
            ("{ files: 'public' }", [], true), ("{ files: 'public' }", ["public/index.html"], false),
            ("{ files: 'public', index: ['home.html'] }", ["public/index.html"], true),
            ("{ files: 'public', fallback: 'app.html' }", ["public/app.html"], false),
            ("{ files: 'public', forward: { '/': '127.0.0.1:9' } }", [], false),
            ("{ files: 'public', forward: { '/api': '127.0.0.1:9' } }", [], true),
            ("{ files: 'public', fastcgi: { to: '127.0.0.1:9' } }", ["public/index.php"], false),
            ("{ files: 'public', fastcgi: { to: '127.0.0.1:9', root: 'app' } }", ["app/index.php"], false),
            ("{ files: 'public', fastcgi: { to: '127.0.0.1:9', fallback: '/x.php' } }", [], false),
            ("{ forward: { '/api': '127.0.0.1:9' } }", [], false),
        ] as [(String, [String], Bool)])
    func firstPage(web: String, files: [String], isWarned: Bool) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ web: \(web) }")
        try scratch.write("releases/v1/public/style.css", "")
        for file in files { try scratch.write("releases/v1/\(file)", "") }
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        let found = resolver.examine("releases/v1")
        #expect(found.problems == [])
        #expect(found.warnings.count == (isWarned ? 1 : 0), "\(found.warnings)")
        guard let warning = found.warnings.first else { return }
        #expect(warning.hasPrefix("releases/v1/release.json: web.files: there is no "), "\(warning)")
        #expect(warning.hasSuffix("`/` is answered with 404, which the probe accepts"), "\(warning)")
    }

    @Test(
        "A page that the probe asks for and nothing answers is an error, unless it may be made or its 404 is good",
        arguments: [
            ("health: { path: '/' }", "{ files: 'public' }", [], true),
            ("health: { path: '/' }", "{ files: 'public' }", ["public/index.html"], false),
            ("health: { path: '/?x' }", "{ files: 'public', index: ['home.html'] }", ["public/index.html"], true),
            ("health: { path: '/up/' }", "{ files: 'public' }", ["public/index.html"], true),
            ("health: { path: '/up' }", "{ files: 'public' }", ["public/up"], false),
            ("health: { path: '/up' }", "{ files: 'public', fallback: 'app.html' }", ["public/app.html"], false),
            ("health: { path: '/up.txt' }", "{ files: 'public', fallback: 'app.html' }", ["public/app.html"], true),
            ("health: { path: '/api/up' }", "{ files: 'public', forward: { '/api': '127.0.0.1:9' } }", [], false),
            ("health: { path: '/apis' }", "{ files: 'public', forward: { '/api/': '127.0.0.1:9' } }", [], true),
            ("health: { path: '/' }", "{ files: 'public', forward: { '/': '127.0.0.1:9' } }", [], false),
            ("health: { path: '/' }", "{ files: 'public', fastcgi: { to: '127.0.0.1:9', fallback: '/x' } }", [], false),
            ("health: { path: '/up.php' }", "{ files: 'public', fastcgi: { to: '127.0.0.1:9' } }", [], false),
            ("health: { path: '/', status: '200-499' }", "{ files: 'public' }", [], false),
            ("readiness: 'notify', health: { path: '/' }", "{ files: 'public' }", [], false),
            ("hooks: { before: ['site'] }, health: { path: '/' }", "{ files: 'public' }", [], false),
        ] as [(String, String, [String], Bool)])
    func probedPage(health: String, web: String, files: [String], isRefused: Bool) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ \(health), web: \(web) }")
        try scratch.write("releases/v1/public/style.css", "")
        for file in files { try scratch.write("releases/v1/\(file)", "") }
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        let found = resolver.examine("releases/v1")
        #expect(found.problems.map(\.keyPath) == (isRefused ? ["health.path"] : []), "\(found.problems)")
        #expect(!isRefused || found.warnings == [], "it is told once")
    }

    @Test("The script that PHP is to run for all other paths has to be there")
    func fallbackScript() throws {
        let scratch = try TemporaryDirectory()
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        func keys(_ program: String, _ more: String = "") throws -> [String] {
            try scratch.release(
                "releases/v1",
                manifest: """
                    { web: { files: "public", fastcgi: { to: "php", root: "app", fallback: "/index.php" } }, \(more)
                      processes: { php: { command: ["\(program)"], socket: "listen" } } }
                    """)
            try scratch.write("releases/v1/\(program)", "#!/bin/sh\n", mode: 0o755)
            return resolver.examine("releases/v1").problems.map(\.keyPath)
        }
        for directory in ["public", "app"] { try Files.makeDirectory(scratch.path("releases/v1/\(directory)")) }
        #expect(try keys("php-fpm8.2") == ["web.fastcgi.fallback"])
        #expect(try keys("php-fpm8.2", "hooks: { before: ['site'] },") == [])
        #expect(try keys("other") == [], "it need not be a file to another program")
        try scratch.write("releases/v1/app/index.php", "")
        #expect(try keys("php-fpm8.2") == [])
    }
}
