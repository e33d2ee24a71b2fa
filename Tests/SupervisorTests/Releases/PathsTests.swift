import Testing

@testable import Supervisor

@Suite("Paths as text")
struct PathsTests {
    @Test(
        "A path is joined and cleaned without looking at the disk",
        arguments: [
            ("/a", "b", "/a/b"), ("/a", "/b", "/b"), ("/a/b", "../c", "/a/c"), ("/", "..", "/"),
            ("/a", "./b//c/", "/a/b/c"),
            ("/a", ".", "/a"), ("a", "../../b", "../b"), (".", "x", "x"),
        ])
    func joins(base: String, path: String, joined: String) {
        #expect(Paths.join(base, path) == joined)
    }

    @Test("Parents, names and the way down are parts of the text")
    func takesApart() {
        #expect(Paths.parent("/a/b") == "/a")
        #expect(Paths.parent("/a") == "/")
        #expect(Paths.parent("/") == "/")
        #expect(Paths.parent("a") == ".")
        #expect(Paths.name("/a/b/") == "b")
        #expect(Paths.ancestry("/a/b") == ["/", "/a", "/a/b"])
        #expect(Paths.ancestry("/") == ["/"])
    }

    @Test("A path is shortened only for whoever stands above it")
    func shortens() {
        #expect(Paths.shortened("/srv/site/a", from: "/srv/site") == "a")
        #expect(Paths.shortened("/srv/site2/a", from: "/srv/site") == "/srv/site2/a")
        #expect(Paths.shortened("/srv/site", from: "/srv/site") == ".")
        #expect(Paths.shortened("/etc/x", from: "/") == "/etc/x")
    }

    @Test("A directory contains itself and what lies below it")
    func contains() {
        #expect(Paths.contains("/a", "/a"))
        #expect(Paths.contains("/a", "/a/b"))
        #expect(!Paths.contains("/a", "/ab"))
        #expect(Paths.contains("/", "/a"))
    }
}
