import Linux
import TestSupport
import Testing

@Suite("Files that are walked to")
struct WalkedFileTests {
    @Test func `the way to a file is seen, and no link leads it elsewhere`() throws {
        let scratch = try TemporaryDirectory()
        let path = try Files.realPath(try scratch.write("a/b/file", "content", mode: 0o640))
        try Files.setMode(scratch.path("a"), 0o711)
        let file = try WalkedFile(path)
        let (way, status) = (file.way, file.status)
        #expect(status.kind == .file && status.mode == 0o640)
        #expect(way.count == path.split(separator: "/").count)
        #expect(way.allSatisfy { $0.kind == .directory })
        #expect(way.suffix(2).map(\.mode) == [0o711, 0o755])
        try Files.rename(path, to: scratch.path("a/b/other"))
        try Files.replaceLink(path, target: "other")
        let content = try file.content(limit: 7)
        #expect(content == Array("content".utf8), "it is the file that was walked to")
        #expect(throws: SystemError(call: "read", errno: .fileTooLarge, subject: path)) {
            _ = try file.content(limit: 6)
        }
        #expect(throws: SystemError(call: "openat", errno: .loop, subject: path)) { _ = try WalkedFile(path) }
    }

    @Test func `a directory and a device are walked to, and not opened`() throws {
        let scratch = try TemporaryDirectory()
        let path = try Files.realPath(scratch.path)
        let directory = try WalkedFile(path)
        #expect(throws: SystemError(call: "read", errno: .isADirectory, subject: path)) {
            _ = try directory.opened()
        }
        let device = try WalkedFile("/dev/null")
        #expect(throws: SystemError(call: "read", errno: .notAFile, subject: "/dev/null")) { _ = try device.opened() }
        let root = try WalkedFile("/")
        let way = root.way
        #expect(way == [])
    }
}
