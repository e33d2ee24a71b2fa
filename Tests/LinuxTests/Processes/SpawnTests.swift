import Linux
import TestSupport
import Testing

@Suite("Spawned programs")
struct SpawnTests {
    /// What a child sees: its descriptors and where each leads.
    private static let listing = """
        import os
        for name in sorted(os.listdir("/proc/self/fd"), key=int):
            try:
                print(name, os.readlink("/proc/self/fd/" + name), flush=True)
            except FileNotFoundError:
                pass
        """

    private func listing(_ descriptors: [(source: Int32, target: Int32)]) throws -> [String: String] {
        let done = try Child.run(Program.python(Self.listing), descriptors: descriptors)
        #expect(done.status == .exited(code: 0), "\(done.errors)")
        let lines = done.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0[1]) })
    }

    @Test("The child sees the listed descriptors and no other")
    func exactly() throws {
        let directory = try TemporaryDirectory()
        let file = try Files.create(directory.path("file"))
        // Open without close-on-exec in this process: it must not get through all the same.
        let seen = try listing([(file.number, 3), (file.number, 7)])
        #expect(Set(seen.keys) == ["0", "1", "2", "3", "7"])
        #expect(seen["3"] == directory.path("file"))
        #expect(seen["7"] == directory.path("file"))
        #expect(seen["0"] == "/dev/null")
    }

    @Test("Sources and targets may cross each other: 3 becomes 4 and 4 becomes 3")
    func crossed() throws {
        let directory = try TemporaryDirectory()
        let first = try Files.create(directory.path("first"))
        let second = try Files.create(directory.path("second"))
        let (one, two) = (first.number, second.number)
        let seen = try listing([(one, two), (two, one)])
        #expect(seen["\(two)"] == directory.path("first"))
        #expect(seen["\(one)"] == directory.path("second"))
        #expect(Set(seen.keys) == ["0", "1", "2", "\(one)", "\(two)"])
        // Within a child whose 3 and 4 are known, its own child is asked to swap them.
        let swapped = try listing([(one, 3), (two, 4)])
        #expect(swapped["3"] == directory.path("first"))
        #expect(swapped["4"] == directory.path("second"))
        // A target that is its own source.
        #expect(try listing([(one, one)])["\(one)"] == directory.path("first"))
    }

    @Test("When only 0 is listed, 1 and 2 are those of this process")
    func standardStreams() throws {
        let directory = try TemporaryDirectory()
        let output = try Files.create(directory.path("output"))
        let input = try Files.open("/dev/null")
        // The outer shell's streams are files of ours; what it starts inherits 1 and 2 without being told.
        let pid = try spawn(
            SpawnRequest(
                executable: "/bin/sh",
                arguments: ["sh", "-c", "test -e /proc/self/fd/1 -a -e /proc/self/fd/2 && exit 5"],
                environment: [], descriptors: [(input.number, 0)]))
        let process = try ProcessDescriptor(pid: pid)
        #expect(try wait(for: "the end", value: { try process.reap() }) == .exited(code: 5))
        _ = output
    }

    @Test("No signal is blocked or ignored in the child, whatever this thread blocks and ignores")
    func signals() throws {
        Signal.ignorePipe()
        Signal.ignoreFileSizeLimit()
        Signal.ignoreTerminalOutput()
        let blocked = try SignalDescriptor([.pipe])
        let status = try Child.run(["cat", "/proc/self/status"]).output.split(separator: "\n")
        func mask(_ name: String) throws -> UInt64 {
            let line = try #require(status.first { $0.hasPrefix("\(name):\t") })
            return try #require(UInt64(line.dropFirst(name.utf8.count + 2), radix: 16))
        }
        #expect(try mask("SigBlk") == 0)
        #expect(try mask("SigCgt") == 0)
        // 32 and 33 are glibc's own: its posix_spawn leaves them ignored, and every C library installs them anew.
        #expect(try mask("SigIgn") & ~(1 << 31 | 1 << 32) == 0)
        _ = blocked
    }

    @Test("The environment and the arguments are those of the request and no more")
    func environment() throws {
        let done = try Child.run(["/usr/bin/env"], environment: ["A=1", "B=x y=z"])
        #expect(done.output == "A=1\nB=x y=z\n")
        let arguments = try Child.run(["sh", "-c", "printf '%s|' \"$@\"", "name", "", "a b", "ü"])
        #expect(arguments.output == "|a b|ü|")
    }

    @Test("A session of its own, when asked for")
    func session() throws {
        for leads in [true, false] {
            let directory = try TemporaryDirectory()
            let output = try Files.create(directory.path("output"))
            let pid = try spawn(
                SpawnRequest(
                    executable: "/bin/sh", arguments: ["sh", "-c", "cut -d' ' -f6 /proc/$$/stat"],
                    environment: ["PATH=/usr/bin:/bin"], descriptors: [(output.number, 1)], newSession: leads))
            let process = try ProcessDescriptor(pid: pid)
            #expect(try wait(for: "the end", value: { try process.reap() }) == .exited(code: 0))
            let session = Int32(String(decoding: try Files.read(directory.path("output")).dropLast(), as: UTF8.self))
            #expect((session == pid) == leads)
        }
    }

    @Test("A program that cannot be executed is an error, not a child that dies")
    func failure() throws {
        let directory = try TemporaryDirectory()
        let plain = try directory.write("plain", "#!/bin/sh\n", mode: 0o644)
        let garbage = try directory.write("garbage", "\u{1}\u{2}", mode: 0o755)
        let missing = directory.path("missing")
        let noExec = Errno(rawValue: 8)
        for (path, errno) in [(plain, Errno.permissionDenied), (missing, .notFound), (garbage, noExec)] {
            #expect(throws: SystemError(call: "posix_spawn", errno: errno, subject: path)) {
                try spawn(SpawnRequest(executable: path, arguments: [path], environment: []))
            }
            #expect(execute(path, arguments: [path], environment: []).errno == errno)
        }
    }

    @Test("A source that is not open, a string with a NUL, and a target beyond the limit are errors")
    func refused() throws {
        #expect(throws: SystemError(call: "fcntl", errno: Errno(rawValue: 9), subject: "descriptor -1")) {
            try spawn(SpawnRequest(executable: "/bin/true", arguments: [], environment: [], descriptors: [(-1, 3)]))
        }
        #expect(throws: SystemError(call: "posix_spawn", errno: .invalid, subject: "a\0b")) {
            try spawn(SpawnRequest(executable: "/bin/true", arguments: ["x", "a\0b"], environment: []))
        }
        let null = try Files.open("/dev/null")
        let limit = try ResourceLimit.files.current().soft
        #expect(throws: SystemError.self) {
            let target = Int32(clamping: limit)
            return try spawn(
                SpawnRequest(
                    executable: "/bin/true", arguments: ["x"], environment: [], descriptors: [(null.number, target)]))
        }
    }
}
