import Linux
import TestSupport
import Testing

@testable import deployd

@Suite("A typed command")
struct RunTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(
            "deployd.json", "{ listen: ['127.0.0.1:0'], state: 'state', umask: '027', limits: { files: 300 } }")
        try directory.write(
            "releases/v1/release.json",
            "{ command: ['site'], environment: { COLOUR: 'green' }, processes: { queue: { command: ['site'], "
                + "environment: { COLOUR: 'blue' } } } }")
        try directory.write("releases/v1/site", "#!/bin/sh\n", mode: 0o755)
        try directory.write("releases/v1/bin/tell", "#!/bin/sh\necho \"$COLOUR $*\"\n", mode: 0o755)
    }

    private func command(_ words: [String]) throws -> [String] {
        [try Products.path("deployd"), "--config", directory.path("deployd.json"), "run"] + words
    }

    private func run(_ words: String...) throws -> Child.Finished { try Child.run(try command(words)) }

    @Test("has the directory, the variables, the umask and the limits of the release that a start would serve")
    func surroundings() throws {
        let told = try run("sh", "-c", "pwd; umask; ulimit -n; echo $COLOUR; echo $DEPLOYD_RELEASE $DEPLOYD_WEB")
        let release = directory.path("releases/v1")
        #expect(told.output == "\(release)\n0027\n300\ngreen\n\(release)\n", "\(told.errors)")
        #expect(try run("--process", "queue", "--", "tell", "-x", "--config", "y").output == "blue -x --config y\n")
    }

    @Test("gives its exit code, or 128 and the number of its signal")
    func exitCodes() throws {
        #expect(try run("sh", "-c", "exit 7").status == .exited(code: 7))
        #expect(try run("sh", "-c", "kill -TERM $$").status == .exited(code: 143))
    }

    @Test(
        "is refused with what was found and expected",
        arguments: [
            (["nosuch"], "run: found no program \"nosuch\"; expected it in one of "),
            (["./release.json"], "release.json, which is not executable; expected a program: chmod +x "),
            (["--process", "job", "tell"], "run: v1 has no kind of process \"job\"; it has web, queue"),
            (["--release", "v9", "tell"], "releases has v1"),
        ])
    func refusals(words: [String], message: String) throws {
        let finished = try Child.run(try command(words))
        #expect(finished.status == .exited(code: 1))
        #expect(finished.errors.contains(message), "\(finished.errors)")
    }

    @Test("is for root and the user whose site it is, and root becomes that user")
    func identity() throws {
        guard ThisProcess.uid == 0 else { return skipped("identity", because: "another user needs root") }
        let program = directory.path("deployd")
        try Child.expect([try Program.path("cp"), try Products.path("deployd"), program])
        let state = directory.path("state")
        try Files.makeDirectory(state)
        let rest = ["--config", directory.path("deployd.json"), "run", "id", "-u"]
        let stranger = [try Program.path("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups", program]
        let refused = try Child.run(stranger + rest)
        #expect(refused.status == .exited(code: 1))
        let message = "run: the site is root's, and you are nobody; expected root"
        #expect(refused.errors.contains(message), "\(refused.errors)")
        try Files.setOwner(state, uid: 65534, gid: nil, of: .directory)
        #expect(try Child.run([program] + rest).output == "65534\n")
        #expect(try Child.run(stranger + rest).output == "65534\n")
    }

    @Test("is nothing that others than root could have written, where it is to run as root")
    func rootsOwn() throws {
        guard ThisProcess.uid == 0 else { return skipped("rootsOwn", because: "only root has much to lose") }
        func refused(_ words: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let finished = try Child.run(try command(words))
            #expect(finished.status == .exited(code: 1), "\(finished.output)", sourceLocation: sourceLocation)
            #expect(finished.errors.contains(message), "\(finished.errors)", sourceLocation: sourceLocation)
        }
        #expect(try run("tell", "me").output == "green me\n")
        let (bin, file, state) = (
            directory.path("releases/v1/bin"), directory.path("deployd.json"), directory.path("state")
        )
        try Files.setOwner(bin, uid: 65534, gid: nil, of: .directory)
        try refused(["tell"], "\(bin) belongs to user 65534")
        #expect(try run("sh", "-c", "id -u").output == "0\n")
        try refused(["sh", "bin/tell"], "\(bin) belongs to user 65534")
        try Files.setOwner(bin, uid: 0, gid: nil, of: .directory)
        try Files.setMode(file, 0o666)
        try refused(["id"], "a configuration that others may write to")
        try Files.setMode(file, 0o644)
        try Files.setOwner(file, uid: 65534, gid: nil, of: .file)
        try refused(["id"], "a configuration that belongs to user 65534")
        try Files.setOwner(file, uid: 0, gid: nil, of: .file)
        try Files.makeDirectory(state)
        try Files.setMode(state, 0o777)
        try refused(["id"], "a state directory that others may write to")
        try Files.setMode(state, 0o755)
        try Files.setOwner(directory.path("releases/v1"), uid: 65534, gid: nil, of: .directory)
        try refused(["id"], "belongs to user 65534")
    }

    @Test("ends by a signal also when somebody has stopped it")
    func stopped() throws {
        let child = try Child(try command(["sh", "-c", "echo $$; kill -STOP $$; sleep 60"]))
        let pid = try wait(for: "its pid") { Int32(child.output.split(separator: "\n").first ?? "") }
        try wait(for: "that it is stopped") {
            String(decoding: try Files.read("/proc/\(pid)/stat"), as: UTF8.self).contains(") T ")
        }
        try child.send(.term)
        #expect(try child.wait() == .exited(code: 143))
    }

    @Test("gets a terminal of its own, on which Ctrl-C goes to it, and leaves the person's as it was")
    func terminal() throws {
        let script = """
            import os, pty, sys, termios
            pid, fd = pty.fork()
            if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
            before, out = termios.tcgetattr(fd), b""
            while b"ready" not in out: out += os.read(fd, 4096)
            os.write(fd, b"\\x03")
            while b"caught" not in out: out += os.read(fd, 4096)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            print(code, termios.tcgetattr(fd) == before, b"a terminal" in out)
            """
        let typed = """
            import os, signal
            signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"caught\\n"), os._exit(5)))
            os.isatty(0) and os.write(os.open("/dev/tty", os.O_WRONLY), b"a terminal\\n")
            os.write(1, b"ready\\n")
            while True: signal.pause()
            """
        // Root runs none that others may write to, as one in a home directory may be.
        let own = "/usr/bin/python3"
        let python = try Files.kind(own) == .file ? own : Program.path("python3")
        let finished = try Child.run([python, "-c", script] + command([python, "-c", typed]))
        #expect(finished.output == "5 True True\n", "\(finished.errors)")
    }
}
