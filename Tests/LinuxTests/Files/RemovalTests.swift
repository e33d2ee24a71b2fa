import Linux
import TestSupport
import Testing

@Suite("Word of what goes away in a directory")
struct RemovalTests {
    @Test("has the names that were removed or moved, and none for the directory itself")
    func names() throws {
        let directory = try TemporaryDirectory()
        let place = directory.path("place")
        try Files.makeDirectory(place)
        for name in ["one", "two", "three"] { try directory.write("place/\(name)", "") }
        let inotify = try Inotify()
        try inotify.watchRemovals(in: place)
        #expect(try inotify.readRemovals() == [])
        try Files.unlink("\(place)/one")
        try Files.rename("\(place)/two", to: directory.path("elsewhere"))
        #expect(try inotify.readRemovals() == ["one", "two"])
        try Child.expect([try Program.path("rm"), "-r", place])
        #expect(try inotify.readRemovals() == ["three", ""])
    }
}
