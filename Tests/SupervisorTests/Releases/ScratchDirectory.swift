import Linux

/// A directory of a test's own, gone when the test is.
struct ScratchDirectory: ~Copyable {
    /// Absolute, without links.
    let path: String

    init() throws {
        let base = try Files.realPath(ThisProcess.variable("TMPDIR") ?? "/tmp")
        let fresh = "\(base)/deployd-test-\(ThisProcess.pid)-\(UInt64.random(in: 0 ... .max))"
        try Files.makeDirectory(fresh, mode: 0o755)
        path = fresh
    }

    deinit {
        try? Files.removeTree(path)
    }

    /// The path of `name` in here.
    func at(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the directories above it.
    @discardableResult
    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
        try Files.makeDirectory(Files.directory(of: at(name)))
        try Files.replace(at(name), with: Array(text.utf8), mode: mode)
        try Files.setMode(at(name), mode)
        return at(name)
    }

    /// Writes a release whose manifest is `manifest`, with an executable `site`.
    func release(_ name: String, manifest: String = "{ command: ['site'] }") throws {
        try write("\(name)/release.json", manifest)
        try write("\(name)/site", "#!/bin/sh\n", mode: 0o755)
    }
}
