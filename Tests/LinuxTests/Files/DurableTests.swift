import Linux
import TestSupport
import Testing

@Suite("Durable changes")
struct DurableTests {
    private func text(_ path: String) throws -> String { String(decoding: try Files.read(path), as: UTF8.self) }

    @Test("A file is replaced as a whole, with its mode, and nothing is left beside it")
    func replace() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state")
        try Files.replace(path, with: Array("one".utf8))
        #expect(try Files.status(path).mode == 0o600)
        let inode = try Files.status(path).inode
        // What a killed writer left behind, with other permissions.
        try directory.write("state.new", "half", mode: 0o666)
        try Files.replace(path, with: Array("two".utf8))
        #expect(try text(path) == "two")
        #expect(try Files.status(path).mode == 0o600)
        #expect(try Files.status(path).inode != inode)
        #expect(try Files.list(directory.path) == ["state"])
    }

    @Test("A failure leaves the old content and says what failed")
    func failure() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state")
        try Files.makeDirectory(path)
        #expect(throws: SystemError(call: "rename", errno: .isADirectory, subject: path)) {
            try Files.replace(path, with: [1])
        }
        #expect(try Files.list(directory.path) == ["state"])
        let nowhere = directory.path("missing/state")
        #expect(throws: SystemError(call: "open", errno: .notFound, subject: "\(nowhere).new")) {
            try Files.replace(nowhere, with: [1])
        }
    }

    @Test("On a full disk the old content stays, and an addition is taken back")
    func full() throws {
        let directory = try TemporaryDirectory()
        guard ThisProcess.uid == 0,
            try Child.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.path]).status
                == .exited(code: 0)
        else { return skipped("On a full disk the old content stays", because: "no right to mount a small tmpfs") }
        defer { _ = try? Child.run(["umount", directory.path]) }
        let path = directory.path("state")
        try Files.replace(path, with: Array("old".utf8))
        let tooMuch = [UInt8](repeating: 65, count: 1 << 20)
        #expect(throws: SystemError(call: "write", errno: .noSpace, subject: path)) {
            try Files.replace(path, with: tooMuch)
        }
        #expect(try text(path) == "old")
        #expect(throws: SystemError(call: "write", errno: .noSpace, subject: path)) {
            try Files.append(path, tooMuch)
        }
        try Files.append(path, Array(" and new".utf8))
        #expect(try text(path) == "old and new")
        #expect(try Files.list(directory.path) == ["state"])
    }

    @Test("Additions follow each other; the first one makes the file")
    func append() throws {
        let directory = try TemporaryDirectory()
        for word in ["a\n", "b\n"] { try Files.append(directory.path("history"), Array(word.utf8), mode: 0o640) }
        #expect(try text(directory.path("history")) == "a\nb\n")
        #expect(try Files.status(directory.path("history")).mode & 0o600 == 0o600)
    }

    @Test("A link is moved in one step: a reader never finds none")
    func link() throws {
        let directory = try TemporaryDirectory()
        try Files.makeDirectory(directory.path("v1"))
        try Files.makeDirectory(directory.path("v2"))
        let link = directory.path("current")
        try Files.replaceLink(link, target: "v1")
        let watcher = try Child(
            try Program.python(
                """
                import os, sys
                seen = set()
                print("watching", flush=True)
                while "end" not in seen:
                    seen.add(os.readlink(sys.argv[1]))
                print(sorted(seen), flush=True)
                """, link))
        try watcher.wait(forOutput: "watching")
        for _ in 0..<200 {
            try Files.replaceLink(link, target: "v2")
            try Files.replaceLink(link, target: "v1")
        }
        try Files.replaceLink(link, target: "end")
        #expect(try watcher.wait() == .exited(code: 0), "\(watcher.errors)")
        #expect(try Files.readLink(link) == "end")
        #expect(try Files.list(directory.path) == ["current", "v1", "v2"])
    }

    @Test("A lock is held by one process, and is free when that process ends")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("lock")
        let holder = try Child(
            try Program.python(
                """
                import fcntl, sys, time
                file = open(sys.argv[1], "w")
                fcntl.flock(file, fcntl.LOCK_EX)
                print("held", flush=True)
                time.sleep(1000)
                """, path))
        try holder.wait(forOutput: "held")
        #expect(try isTaken(path))
        try holder.send(.kill)
        _ = try holder.wait()
        guard let own = try FileLock.acquire(path) else {
            Issue.record("the lock of a process that ended is still held")
            return
        }
        #expect(try isTaken(path))
        let other = try Child.run(["flock", "--nonblock", path, "true"])
        #expect(other.status == .exited(code: 1))
        _ = consume own
        try wait(for: "the lock to be free") { try !isTaken(path) }
    }

    @Test("Of a tree all files and directories are waited for, and none behind a link")
    func tree() throws {
        let directory = try TemporaryDirectory()
        for name in ["a", "b/c", "b/d/e"] { try directory.write("tree/\(name)", name) }
        try directory.write("outside/f", "f")
        try Files.replaceLink(directory.path("tree/b/link"), target: directory.path("outside"))
        try Files.replaceLink(directory.path("tree/dangling"), target: "nowhere")
        try DurableTree.synchronize(directory.path("tree"))
        #expect(throws: SystemError.self) { try DurableTree.synchronize(directory.path("none")) }
    }

    private func isTaken(_ path: String) throws -> Bool {
        guard let lock = try FileLock.acquire(path) else { return true }
        _ = consume lock
        return false
    }
}
