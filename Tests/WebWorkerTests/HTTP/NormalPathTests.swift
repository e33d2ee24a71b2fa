import Testing

@testable import WebWorker

/// The one spelling of a path, and the paths that have none.
@Suite struct NormalPathTests {
    private func normal(_ path: String) -> String? {
        let bytes = Array(path.utf8)
        var out: [UInt8] = [0x78]  // What is there already stays.
        guard NormalPath.append(0..<bytes.count, of: bytes.span, to: &out) else { return nil }
        return String(decoding: out.dropFirst(), as: UTF8.self)
    }

    @Test(arguments: [
        ("", "/"), ("/", "/"), ("/a/b", "/a/b"), ("/a/b/", "/a/b/"), ("/%61dmin/x", "/admin/x"),
        ("/y/../admin/x", "/admin/x"), ("//admin/x", "/admin/x"), ("/a//b///", "/a/b/"), ("/./a/./b/.", "/a/b/"),
        ("/a/b/..", "/a/"), ("/a/..", "/"), ("/a/%2e%2E/b", "/b"), ("/a/.%2e/b", "/b"), ("/%2e/a", "/a"),
        ("/%7euser/%2D%5f", "/~user/-_"), ("/caf%c3%a9", "/caf%C3%A9"), ("/a%2fb", "/a%2Fb"), ("/a%3bb", "/a%3Bb"),
        ("/%252e%252e/a", "/%252e%252e/a"), ("/a%20b+c", "/a%20b+c"), ("/.well-known/x", "/.well-known/x"),
        ("/...", "/..."), ("/..a/b", "/..a/b"), ("/a..", "/a.."), ("/a.;b", "/a.;b"), ("/a;b=c/d", "/a;b=c/d"),
        ("/admin//../x", "/x"), ("/a/b/../../c", "/c"), ("/a.", "/a."),
    ])
    func aPathHasOneSpelling(_ path: String, _ expected: String) {
        #expect(normal(path) == expected)
        #expect(normal(expected) == expected, "it is its own normal form")
    }

    @Test(arguments: [
        "/..", "/../a", "/a/../..", "/a/../../b", "/%2e%2e/a", "//..", "/./..", "/%00", "/a%00b", "/%", "/%4", "/%zz",
        "/a%2", "/a/%g1", "/..%2fadmin", "/x/..%2Fadmin", "/x/%2e%2e%2fadmin", "/x%2f..%2fadmin", "/x%2f..",
        "/x/..%5cadmin", "/x%5C..%5cadmin", "/x/..;/admin", "/x/..;a=b/admin", "/x/%2e%2e;/admin", "/x/..%3b/admin",
        "/.;/a", "/a%2f.%2fb",
    ])
    func whatCannotBeNormalHasNone(_ path: String) { #expect(normal(path) == nil) }

    @Test func theParserKnowsWhichPathsNeedNoSecondLook() {
        for (target, isNormal) in [
            ("/", true), ("/a/b.c?d=%20/../", true), ("/a/b/", true), ("/a%20", false), ("//", false), ("/a//b", false),
            ("/.a", false), ("/a/..", false), ("/a.b/c..d", true), ("http://a/b", true), ("http://a", false),
            ("http://a?b", false), ("http://a/.", false),
        ] {
            var parser = RequestHeadParser()
            let bytes = Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            #expect(parser.parse(bytes.span) == .complete(consumed: bytes.count))
            #expect(parser.head.isPathNormal == isNormal, "\(target)")
        }
    }

    @Test(arguments: [
        ("/", "/", true), ("/", "/a", true), ("/api", "/api", true), ("/api", "/api/", true), ("/api/", "/api/x", true),
        ("/api/", "/api", true), ("/api", "/apix", false), ("/api", "/ap", false), ("/api", "/", false),
        ("/a/b", "/a/b/c", true), ("/a/b", "/a", false), ("/a/b", "/a/", false), ("/@fs", "/%40fs/x", true),
        ("/%40fs", "/@fs/x", true), ("/café", "/caf%C3%A9/x", true), ("/a b", "/a%20b", true), ("/a", "/a%2Fb", false),
        ("/a/b", "/a%2Fb", false), ("//a/./b", "/a/b/x", true), ("/A", "/a", false),
    ])
    func aPrefixIsOfWholeSegmentsHoweverTheyAreSpelt(_ prefix: String, _ path: String, _ begins: Bool) throws {
        let bytes = Array(path.utf8)
        let prefix = try #require(PathPrefix(prefix))
        let isPrefix = prefix.begins(0..<bytes.count, bytes.span)
        #expect(isPrefix == begins)
    }

    @Test(arguments: ["", "a", "/../a", "/%zz"])
    func whatIsNoPathIsNoPrefix(_ prefix: String) { #expect(PathPrefix(prefix) == nil) }
}
