import Linux
import TestSupport
import Testing

@Suite("Which directory it is")
struct DirectoryIdentityTests {
    @Test("is the same under another name, and another for one that has its name, a copy, a link and a file")
    func identity() throws {
        let scratch = try TemporaryDirectory()
        for name in ["one", "two"] { try Files.makeDirectory(scratch.path(name)) }
        let one = try #require(DirectoryIdentity(at: scratch.path("one")))
        let two = try #require(DirectoryIdentity(at: scratch.path("two")))
        #expect(one != two)
        try Files.rename(scratch.path("one"), to: scratch.path("three"))
        try Files.rename(scratch.path("two"), to: scratch.path("one"))
        #expect(DirectoryIdentity(at: scratch.path("three")) == one)
        #expect(DirectoryIdentity(at: scratch.path("one")) == two)
        try Files.replaceLink(scratch.path("link"), target: "three")
        try scratch.write("file", "")
        for name in ["link", "file", "none"] { #expect(DirectoryIdentity(at: scratch.path(name)) == nil, "\(name)") }
        #expect(DirectoryIdentity(word: "\(one)"[...]) == one)
    }

    @Test("keeps a removal from another directory of the name")
    func removal() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("one/file", "")
        try scratch.write("two/file", "")
        let one = try #require(DirectoryIdentity(at: scratch.path("one")))
        let two = scratch.path("two")
        #expect(throws: SystemError(call: "remove", errno: .stale, subject: two)) {
            try Files.removeTree(two, only: one)
        }
        #expect(try Files.list(two) == ["file"])
        try Files.removeTree(scratch.path("one"), only: one)
        try Files.removeTree(scratch.path("one"), only: one)
        #expect(try Files.list(scratch.path) == ["two"])
    }
}
