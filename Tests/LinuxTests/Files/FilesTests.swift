import Linux
import TestSupport
import Testing

@Suite("Files by name")
struct FilesTests {
    @Test("Directories are made with those above them; a file in the way is an error")
    func makeDirectory() throws {
        let directory = try TemporaryDirectory()
        try Files.makeDirectory(directory.path("a/b/c"))
        try Files.makeDirectory(directory.path("a/b/c/"))
        #expect(Files.kind(directory.path("a/b/c")) == .directory)
        let file = try directory.write("file", "")
        #expect(throws: SystemError(call: "mkdir", errno: .exists, subject: file)) { try Files.makeDirectory(file) }
        #expect(throws: SystemError(call: "mkdir", errno: .exists, subject: file)) {
            try Files.makeDirectory("\(file)/below")
        }
    }

    @Test("A tree is taken away with its links, and what they point to stays")
    func removeTree() throws {
        let directory = try TemporaryDirectory()
        try directory.write("kept/file", "x")
        try directory.write("tree/a/b", "y")
        try Files.replaceLink(directory.path("tree/link"), target: directory.path("kept"))
        try Files.replaceLink(directory.path("tree/a/dangling"), target: "nowhere")
        try Files.removeTree(directory.path("tree"))
        try Files.removeTree(directory.path("tree"))
        #expect(try Files.list(directory.path) == ["kept"])
        #expect(Files.kind(directory.path("kept/file")) == .file)
        try Files.replaceLink(directory.path("link"), target: "kept")
        try Files.removeTree(directory.path("link"))
        #expect(Files.kind(directory.path("kept/file")) == .file)
        #expect(throws: SystemError.self) { try Files.removeTree("/proc/self/status") }
    }

    @Test("A tree of 20,000 levels is taken away, and one with names that are no UTF-8")
    func removeDeepTree() throws {
        let directory = try TemporaryDirectory()
        let deep = """
            import os
            os.mkdir(b"tree"); os.chdir(b"tree")
            os.mkdir(b"\\xff\\xfe"); open(b"\\xff\\xfe/\\x80", "w").close()
            for i in range(20000): os.mkdir("a"); os.symlink("..", "l"); os.chdir("a")
            """
        let python = try Program.path("python3")
        let made = try Child.run(["/bin/sh", "-c", "cd '\(directory.path)' && exec \(python) -c '\(deep)'"])
        try #require(made.status == .exited(code: 0), "\(made.errors)")
        try Files.removeTree(directory.path("tree"))
        #expect(try Files.list(directory.path) == [])
    }

    @Test("Nothing is removed from a tree in which something is mounted")
    func removeTreeWithMount() throws {
        let directory = try TemporaryDirectory()
        for part in ["dir", "file"] {
            try directory.write("\(part)/shared/upload", "x")
            try directory.write("\(part)/tree/a first", "y")
            try directory.write("\(part)/tree/in it/file", "z")
        }
        let mounted = """
            mount --bind '\(directory.path("dir/shared"))' '\(directory.path("dir/tree/in it"))' &&
            mount --bind '\(directory.path("file/shared/upload"))' '\(directory.path("file/tree/in it/file"))'
            """
        defer {
            _ = try? Child.run(["/bin/umount", directory.path("dir/tree/in it")])
            _ = try? Child.run(["/bin/umount", directory.path("file/tree/in it/file")])
        }
        guard try Child.run(["/bin/sh", "-c", mounted]).status == .exited(code: 0) else {
            return skipped("removeTreeWithMount", because: "this user may not mount")
        }
        for (part, point) in [("dir", "in it"), ("file", "in it/file")] {
            let path = directory.path("\(part)/tree")
            #expect(
                throws: SystemError(
                    call: "remove", errno: .busy, subject: "\(path)/\(point): something is mounted there")
            ) { try Files.removeTree(path) }
            #expect(Files.kind("\(path)/a first") == .file)
            #expect(Files.kind(directory.path("\(part)/shared/upload")) == .file)
            #expect(throws: SystemError.self) { try Files.removeTree("\(path)/\(point)") }
            #expect(Files.kind(directory.path("\(part)/shared/upload")) == .file)
        }
    }

    @Test("What is no regular file is an error where a file is read or written, and nobody waits for it")
    func odd() throws {
        let directory = try TemporaryDirectory()
        let fifo = directory.path("fifo")
        try #require(try Child.run(["mkfifo", fifo]).status == .exited(code: 0))
        for call in [{ _ = try Files.read(fifo) }, { _ = try Files.tail(fifo, count: 1) }] as [() throws -> Void] {
            #expect(throws: SystemError(call: "read", errno: .notAFile, subject: fifo)) { try call() }
        }
        let refusal = SystemError(call: "open", errno: .notAFile, subject: fifo)
        #expect(throws: refusal) { _ = try Files.openForAppending(fifo) }
        #expect(throws: refusal) { _ = try Files.create(fifo) }
        #expect(throws: SystemError(call: "read", errno: .notAFile, subject: "/dev/zero")) {
            try Files.read("/dev/zero")
        }
    }

    @Test("A mode or an owner is never set through a link, and a socket has its mode from the first")
    func throughLinks() throws {
        let directory = try TemporaryDirectory()
        let victim = try directory.write("victim", "", mode: 0o600)
        let link = directory.path("link")
        try Files.replaceLink(link, target: "victim")
        #expect(throws: SystemError.self) { try Files.setMode(link, 0o666) }
        #expect(throws: SystemError.self) { try Files.setMode(victim, 0o666, of: .socket) }
        #expect(throws: SystemError.self) { try Files.setOwner(link, uid: ThisProcess.uid, gid: nil, of: .file) }
        #expect(try Files.status(victim).mode == 0o600)
        for mode: UInt32 in [0o666, 0o600, 0o660] {
            let path = directory.path("socket\(mode)")
            let socket = try Socket.stream(.unix)
            try socket.bind(path: path, mode: mode)
            #expect(try Files.status(path).mode == mode)
            #expect(try socket.localAddress() == .unix(path: path))
        }
    }

    @Test("Sealed memory keeps its size, whoever writes to it")
    func sealed() throws {
        let memory = try FileDescriptor.sealedMemory("test", byteCount: 4096)
        let keepsSize = memory.isSealedMemory()
        #expect(keepsSize)
        #expect(throws: SystemError.self) { try memory.truncate(to: 0) }
        #expect(throws: SystemError.self) { try memory.truncate(to: 1 << 20) }
        try memory.writeAll([UInt8](repeating: 7, count: 4096))
        #expect(throws: SystemError.self) { try memory.writeAll([7]) }
        #expect(try memory.status().size == 4096)
        let directory = try TemporaryDirectory()
        let isSealed = try Files.create(directory.path("file")).isSealedMemory()
        #expect(!isSealed)
    }

    @Test("Content up to a limit, the end of a file, and names in order")
    func reading() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("b", "0123456789")
        try directory.write("a", "")
        #expect(try Files.read(path, limit: 10).count == 10)
        #expect(throws: SystemError(call: "read", errno: .fileTooLarge, subject: path)) {
            try Files.read(path, limit: 9)
        }
        #expect(try Files.tail(path, count: 3) == Array("789".utf8))
        #expect(try Files.tail(path, count: 30).count == 10)
        #expect(try Files.list(directory.path) == ["a", "b"])
        #expect(throws: SystemError(call: "opendir", errno: .notADirectory, subject: path)) { try Files.list(path) }
        #expect(throws: SystemError(call: "read", errno: .isADirectory, subject: directory.path)) {
            try Files.read(directory.path)
        }
    }

    @Test("Kinds, executables, real paths and the part before the last slash")
    func names() throws {
        let directory = try TemporaryDirectory()
        let program = try directory.write("program", "", mode: 0o755)
        let link = directory.path("link")
        try Files.replaceLink(link, target: "program")
        #expect(Files.isExecutable(link))
        #expect(try Files.realPath("\(directory.path)/./link") == Files.realPath(program))
        #expect(Files.kind(link) == .file)
        #expect(try Files.status(link, followingLinks: false).kind == .link)
        #expect(Files.kind("/dev/null") == .other)
        #expect(Files.kind(directory.path("nothing")) == nil)
        #expect(Files.directory(of: "/a/b") == "/a")
        #expect(Files.directory(of: "/a") == "/")
        #expect(Files.directory(of: "a") == ".")
    }

    @Test("A path beneath a root cannot leave it, by no way")
    func beneath() throws {
        let directory = try TemporaryDirectory()
        try directory.write("secret", "s")
        try directory.write("root/a/file", "f")
        try Files.replaceLink(directory.path("root/out"), target: "../secret")
        try Files.replaceLink(directory.path("root/absolute"), target: directory.path("root/a/file"))
        try Files.replaceLink(directory.path("root/in"), target: "a/file")
        let root = try FileDescriptor.directory(directory.path("root"))
        try Files.replaceLink(directory.path("root/far"), target: "absolute")
        try Files.replaceLink(directory.path("root/device"), target: "/dev/null")
        try Files.replaceLink(directory.path("root/loop"), target: "loop")
        // Beside the root, with a name that begins like the root's.
        try directory.write("root2/file", "s")
        try Files.replaceLink(directory.path("root/beside"), target: directory.path("root2/file"))
        for (path, name) in [
            ("a/file", "a/file"), ("in", "a/file"), ("a/../a/file", "a/../a/file"), ("absolute", "a/file"),
            ("far", "a/file"),
        ] {
            let opened = try root.openBeneath(path)
            #expect(try opened.descriptor.read(at: 0, count: 9) == Array("f".utf8))
            #expect(opened.name == name)
        }
        #expect(throws: SystemError.self) { _ = try root.openBeneath("loop") }
        for path in ["../secret", "out", "/etc/passwd", "a/../../secret", "device", "beside"] {
            #expect(throws: SystemError(call: "openat2", errno: .crossDevice, subject: path)) {
                _ = try root.openBeneath(path)
            }
        }
    }

    @Test("A write to a watched file is told once")
    func inotify() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("log", "")
        let file = try Files.openForAppending(path)
        let inotify = try Inotify()
        let watch = try inotify.watchOnce(path)
        #expect(try inotify.read() == [])
        _ = try file.write([1])
        _ = try file.write([2])
        #expect(try Poll.readable(inotify.number, timeout: .seconds(5)))
        #expect(try inotify.read() == [watch])
        _ = try file.write([3])
        #expect(try inotify.read() == [])
        let second = try inotify.watchOnce(path)
        inotify.stop(second)
        _ = try file.write([4])
        #expect(try inotify.read() == [])
        #expect(throws: SystemError(call: "inotify_add_watch", errno: .notFound, subject: "/nowhere/x")) {
            _ = try inotify.watchOnce("/nowhere/x")
        }
    }

    @Test("Two mappings of one file are the same memory, and the file has it too")
    func mapping() throws {
        let directory = try TemporaryDirectory()
        let file = try Files.create(directory.path("board"))
        try file.truncate(to: 4096)
        let writer = try SharedMapping(file, byteCount: 4096, writable: true)
        let reader = try SharedMapping(try Files.open(directory.path("board")), byteCount: 4096, writable: false)
        writer.store(0, 0x0102_0304_0506_0708)
        writer.store(511, .max)
        #expect(reader.load(0) == 0x0102_0304_0506_0708)
        #expect(reader.load(511) == .max)
        #expect(reader.load(1) == 0)
        #expect(try file.read(at: 4088, count: 100) == Array(repeating: 255, count: 8))
        #expect(throws: SystemError(call: "mmap", errno: .permissionDenied)) {
            _ = try SharedMapping(try Files.open(directory.path("board")), byteCount: 4096, writable: true)
        }
    }
}
