package import Linux

/// A directory of a test's own, taken away with all that is in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Its absolute path; short, so that a unix socket's path in it fits. Others may enter and read it.
    package let path: String

    /// Makes it in TMPDIR, or in /tmp.
    package init() throws(SystemError) {
        let root = ThisProcess.variable("TMPDIR") ?? "/tmp"
        path = "\(root)/deployd-\(String(UInt64.random(in: 0 ..< 1 << 40), radix: 36))"
        try Files.makeDirectory(path, mode: 0o755)
    }

    /// The path of something in it.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file into it (with the directories above it) and gives its path.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws(SystemError) -> String {
        let file = path(name)
        try Files.makeDirectory(Files.directory(of: file))
        try Files.create(file, mode: mode).writeAll(Array(text.utf8))
        try Files.setMode(file, mode)
        return file
    }

    deinit { try? Files.removeTree(path) }
}
