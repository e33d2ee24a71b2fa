import Linux
import TestSupport
import Testing

@testable import Supervisor

/// What `check` says of a web server that could not work, or would surprise.
@Suite struct WebCheckTests {
    private let scratch: TemporaryDirectory

    init() throws {
        scratch = try TemporaryDirectory()
        for name in ["www/index.html", "wiki/index.html", "wiki/lost.html", "public/index.html", "public/app.html"] {
            try scratch.write("releases/v1/\(name)", "")
        }
    }

    private func examine(_ web: String, _ more: String = "") throws -> ReleaseExamination {
        try scratch.release("releases/v1", manifest: "{ web: \(web) \(more) }")
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        return ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings).examine(
            "releases/v1")
    }

    // MARK: Pages for errors

    @Test("A page for all sites lies in one place, or among a site's own files")
    func commonPages() throws {
        let web = """
            { errorPages: { '502': 'sorry.html', '404': 'lost.html' },
              sites: { 'www.a.com': { files: 'www', forward: { '/api': '127.0.0.1:9' } }, 'wiki.a.com': { files: 'wiki' },
                       'api.a.com': { forward: { '/': '127.0.0.1:9' } } } }
            """
        let missing = try examine(web).problems
        #expect(missing.map(\.keyPath) == ["web.errorPages.404", "web.errorPages.502"], "\(missing)")
        #expect(
            missing.first?.expected.contains("in the release, or below the files of each site") == true, "\(missing)")
        for name in ["sorry.html", "lost.html"] { try scratch.write("releases/v1/\(name)", "") }
        let found = try examine(web)
        #expect(found.problems == [] && found.warnings == [])
        let sites = try #require(found.release?.manifest.web?.sites)
        #expect(sites.allSatisfy { $0.settings.errorPages.isEmpty && $0.settings.commonPages?.directory == "." })
        let top = web.replacing("{ errorPages", with: "{ files: 'public', errorPages")
        #expect(try examine(top).problems.map(\.keyPath) == ["web.errorPages.404", "web.errorPages.502"])
    }

    @Test("Without files a page for errors lies in the release")
    func pagesWithoutFiles() throws {
        let web = "{ forward: { '/': '127.0.0.1:9' }, errorPages: { '502': 'sorry.html' } }"
        #expect(try examine(web).problems.map(\.keyPath) == ["web.errorPages.502"])
        try scratch.write("releases/v1/sorry.html", "")
        #expect(try examine(web).problems == [])
    }

    // MARK: Hosts

    @Test(
        "A host that no request can have is refused, with what was meant",
        arguments: [
            ("http://a.com", "the host alone: \"a.com\""), ("https://a.com/x", "the host alone: \"a.com\""),
            ("a.com:80", "the host alone: \"a.com\""), ("a.com.", "the host alone: \"a.com\""),
            ("a.com/", "the host alone: \"a.com\""), (".a.com", "the host alone: \"*.a.com\""),
            ("[::1]:80", "the host alone: \"[::1]\""), ("foo bar", "the name of a host"),
            ("*", "a name: without names"),
            ("a*.com", "the name of a host"), ("", "the name of a host"),
            ("a..com", "the name of a host"), ("m\u{fc}nchen.de", "in ASCII"), ("::1", "the name of a host"),
        ])
    func odd(_ host: String, _ words: String) throws {
        for (web, key) in [
            ("{ files: 'public', hosts: ['\(host)'] }", "web.hosts[0]"),
            ("{ files: 'public', redirects: { '\(host)': 'https://b.com' } }", "web.redirects"),
            ("{ sites: { '\(host)': { files: 'www' } } }", "web.sites"),
            ("{ sites: { 'b.com': { files: 'www', hosts: ['\(host)'] } } }", "web.sites"),
        ] {
            let problems = try examine(web).problems
            let isTold = problems.contains { $0.keyPath.hasPrefix(key) && $0.expected.contains(words) }
            #expect(isTold && problems.count == 1, "\(web): \(problems)")
        }
    }

    @Test(arguments: [
        "www.foobar.com", "*.foobar.com", "localhost", "127.0.0.1", "[::1]", "A-b_c.com", "xn--mnchen-3ya.de",
    ])
    func usual(_ host: String) throws {
        #expect(try examine("{ files: 'public', hosts: ['\(host)'] }").problems == [])
    }

    @Test(
        "A host that two parts of the server have is refused",
        arguments: [
            ("files: 'public', hosts: ['a.com'], redirects: { 'A.com': 'https://b.com' }", "web.redirects[\"A.com\"]"),
            ("files: 'public', hosts: ['a.com'], sites: { 'A.com': { files: 'www' } }", "web.sites[\"A.com\"]"),
            (
                "redirects: { 'a.com': 'https://b.com' }, sites: { 'b.com': { files: 'www', hosts: ['a.com'] } }",
                "web.sites[\"b.com\"]"
            ),
        ])
    func shared(_ web: String, _ key: String) throws {
        #expect(try examine("{ \(web) }").problems.map(\.keyPath) == [key])
    }

    // MARK: Rules

    @Test(
        "A rule that never counts, and one for everything, is a warning",
        arguments: [
            (
                "{ path: '/data/*', deny: true }, { path: '/data/pub/*', deny: false }",
                "web.rules[1]: \"/data/pub/*\" never counts"
            ),
            (
                "{ path: '/data/*', deny: true }, { path: '/data', redirect: '/x' }",
                "web.rules[1]: \"/data\" never counts"
            ),
            (
                "{ path: '*.css', cache: 'a' }, { path: '/x/*.css', cache: 'b' }",
                "web.rules[1]: \"/x/*.css\" never counts"
            ),
            (
                "{ path: '/*', headers: { A: 'b' } }, { path: '/x', headers: { a: 'c', B: 'd' } }",
                "web.rules[1]: \"/x\" never counts for `headers.a`"
            ),
            ("{ path: '/*', deny: true }", "web.rules[0]: \"/*\" is denied: every request"),
            ("{ path: '*', redirect: 'https://b.com/' }", "web.rules[0]: \"*\" is redirected"),
        ])
    func warned(_ rules: String, _ words: String) throws {
        let found = try examine("{ files: 'public', rules: [\(rules)] }")
        #expect(found.problems == [] && found.warnings.count == 1, "\(found.warnings) \(found.problems)")
        #expect(found.warnings.first?.contains(words) == true, "\(found.warnings)")
    }

    @Test(
        "A narrower rule before a wider one, and words that only meet, are no matter",
        arguments: [
            "{ path: '/data/pub/*', deny: false }, { path: '/data/*', deny: true }",
            "{ path: '/a*', cache: 'a' }, { path: '*b', cache: 'b' }",
            "{ path: '/a/*', cache: 'a' }, { path: '/a/x', maxBodyBytes: '1M' }",
            "{ path: '/in/*', deny: false }, { path: '/*', deny: true }",
            "{ path: '/a/pub', deny: false }, { path: '/a/*', deny: true }, { path: '/a/pub', cache: 'x' }",
            "{ path: '/old/*', redirect: '/new/*' }, { path: '/*', headers: { A: 'b' } }",
        ])
    func fine(_ rules: String) throws {
        let found = try examine("{ files: 'public', rules: [\(rules)] }")
        #expect(found.problems == [] && found.warnings == [])
    }

    @Test("What is common to all sites stands behind their own, as it should")
    func commonRules() throws {
        let rule = "{ path: '/*', headers: { A: 'b' } }"
        let own = "{ path: '/x', deny: true }, { path: '/x', deny: false }"
        let found = try examine("{ rules: [\(rule)], sites: { 'a.com': { files: 'www', rules: [\(rule), \(own)] } } }")
        #expect(found.warnings.count == 1, "\(found.warnings)")
        #expect(found.warnings.first?.contains("web.sites[\"a.com\"].rules[2]: \"/x\" never counts") == true)
    }

    @Test(
        "A redirect that leads back to itself is refused",
        arguments: [
            ("{ path: '/old/*', redirect: '/old/new/*' }", 1),
            ("{ path: '/a', redirect: '/b' }, { path: '/b', redirect: '/a' }", 2),
            ("{ path: '/*', redirect: '/index.html' }", 1), ("{ path: '/a/*', redirect: '/a/?x' }", 1),
            ("{ path: '/old/*', redirect: '/new/*' }", 0), ("{ path: '/*', redirect: 'https://b.com/*' }", 0),
            ("{ path: '/x/y', deny: true }, { path: '/x/*', redirect: '/x/y' }", 0),
        ])
    func loops(_ rules: String, _ count: Int) throws {
        let problems = try examine("{ files: 'public', rules: [\(rules)] }").problems
        #expect(problems.count == count && problems.allSatisfy { $0.found.contains("leads back") }, "\(problems)")
    }

    @Test("What a rule names for all that is left has to be there")
    func fallbacks() throws {
        let rules = "{ path: '/app/*', fallback: '/app.html' }, { path: '/x/*', fallback: '/none.html' }"
        let problems = try examine("{ files: 'public', rules: [\(rules)] }").problems
        #expect(problems.map(\.keyPath) == ["web.rules[1].fallback"], "\(problems)")
        let site = try examine("{ rules: [\(rules)], sites: { 'a.com': { files: 'public' } } }").problems
        #expect(site.map(\.keyPath) == ["web.rules[1].fallback"], "\(site)")
    }

    @Test(
        "A rule that answers what the probe asks for is refused, unless the probe takes that",
        arguments: [
            ("{ path: '/up', deny: true }", "/up", 1),
            ("{ path: '/u*', redirect: 'https://a.com/*', status: 301 }", "/up", 0),
            ("{ path: '/up', deny: false }, { path: '/*', deny: true }", "/up", 0),
            ("{ path: '/up', deny: true }", "/", 0),
        ])
    func probed(_ rules: String, _ path: String, _ count: Int) throws {
        try scratch.write("releases/v1/public/up", "")
        let more = ", health: { path: '\(path)' }"
        let problems = try examine("{ files: 'public', rules: [\(rules)] }", more).problems
        #expect(problems.map(\.keyPath) == [String](repeating: "health.path", count: count), "\(problems)")
        let taken = ", health: { path: '\(path)', status: '200-499' }"
        #expect(try examine("{ files: 'public', rules: [\(rules)] }", taken).problems == [])
    }

    // MARK: Directories

    @Test("Nobody has all files of the machine served, and the release's own surroundings only with a warning")
    func wide() throws {
        for web in ["mounts: { '/all': '/' }", "follow: ['/']", "follow: ['../../../../../../..']"] {
            let problems = try examine("{ files: 'public', \(web) }").problems
            #expect(problems.count == 1 && problems[0].found.contains("all files of this machine"), "\(problems)")
        }
        for web in ["mounts: { '/all': '..' }", "follow: ['.']"] {
            let found = try examine("{ files: 'public', \(web) }")
            #expect(found.problems == [] && found.warnings.count == 1, "\(found.warnings)")
            #expect(found.warnings.first?.contains("has the release itself in it") == true)
        }
    }

    @Test("A directory that the workers' user may not read is told before a worker fails at it")
    func closed() throws {
        guard ThisProcess.uid == 0 else {
            return skipped("closed directories", because: "only root can start workers as another user")
        }
        for name in ["media", "inner/media"] { try scratch.write("\(name)/a.png", "") }
        try Child.expect(["/bin/chmod", "711", scratch.path("media")])
        try Child.expect(["/bin/chmod", "700", scratch.path("inner")])
        try Child.expect(["/bin/chmod", "-R", "go+rX", scratch.path, scratch.path("releases")])
        try Child.expect(["/bin/chmod", "711", scratch.path("media")])
        try Child.expect(["/bin/chmod", "700", scratch.path("inner")])
        let web =
            "{ files: 'public', mounts: { '/m': '\(scratch.path("media"))' }, follow: ['\(scratch.path("inner/media"))'] }"
        try scratch.release("releases/v1", manifest: "{ web: \(web) }")
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: 0)
        var configuration = Configuration.defaults(surroundings)
        configuration.user = "nobody"
        let resolver = ReleaseResolver(configuration: configuration, surroundings: surroundings)
        let release = try #require(resolver.examine("releases/v1").release)
        let warnings = AccessCheck.findings(release, configuration: configuration, surroundings: surroundings).warnings
        #expect(warnings.count == 2, "\(warnings)")
        #expect(warnings.first?.contains("web.mounts[\"/m\"]: found \(scratch.path("media")), which user") == true)
        #expect(warnings.last?.contains("web.follow[0]: found \(scratch.path("inner")), which user") == true)
    }
}
