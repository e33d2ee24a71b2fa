import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("A site that was copied or moved with its state")
struct SiteMoveTests {
    @Test("What lies below its former directory is meant of the present one, and nothing else is")
    func places() throws {
        let move = try #require(SiteMove(home: "/a/state", state: "/c/state", directory: "/c"))
        for (path, place) in [
            ("/a/releases/v1", "/c/releases/v1"), ("/a", "/c"), ("/ab/releases/v1", "/ab/releases/v1"),
            ("/c/releases/v1", "/c/releases/v1"), ("/srv/v1", "/srv/v1"),
        ] {
            #expect(move.place(of: path) == place)
        }
        // What was moved down a level is there already.
        let down = try #require(SiteMove(home: "/a/state", state: "/a/b/state", directory: "/a/b"))
        #expect(down.place(of: "/a/releases/v1") == "/a/b/releases/v1")
        #expect(down.place(of: "/a/b/releases/v1") == "/a/b/releases/v1")
    }

    @Test("A state elsewhere than in the site's directory tells of no move, and neither does the same place")
    func none() {
        #expect(SiteMove(home: "/a/state", state: "/a/state", directory: "/a") == nil)
        #expect(SiteMove(home: "/var/lib/one", state: "/var/lib/two", directory: "/etc") == nil)
        #expect(SiteMove(home: "/a/other", state: "/c/state", directory: "/c") == nil)
    }

    @Test("The history follows, in memory and then in its file, where lines that nobody can read stay")
    func history() throws {
        let scratch = try TemporaryDirectory()
        var written = try History.load(stateDirectory: scratch.path)
        try written.append(HistoryTests.record(1, to: "/a/releases/v1"))
        try Files.append(scratch.path("history.jsonl"), Array("nonsense\n".utf8), mode: 0o640)
        var history = try History.load(stateDirectory: scratch.path)
        history.follow(try #require(SiteMove(home: "/a/state", state: "/c/state", directory: "/c")))
        #expect(history.committedReleases == ["/c/releases/v1"])
        #expect(try History.load(stateDirectory: scratch.path).committedReleases == ["/a/releases/v1"])
        try history.keepPlaces()
        try history.append(HistoryTests.record(2, to: "/c/releases/v2"))
        let again = try History.load(stateDirectory: scratch.path)
        #expect(again.committedReleases == ["/c/releases/v1", "/c/releases/v2"])
        #expect(again.unreadableLines == 1)
    }
}
