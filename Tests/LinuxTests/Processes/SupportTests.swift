import Linux
import TestSupport
import Testing

@Suite("What the tests stand on")
struct SupportTests {
    @Test("A child's output, errors and end are seen")
    func child() throws {
        let done = try Child.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(done.status == .exited(code: 3))
        #expect(done.output == "out\n")
        #expect(done.errors == "err\n")
    }

    @Test("A child that nobody waits for is killed and reaped")
    func abandoned() throws {
        let pid = try Child(["sleep", "1000"]).pid
        #expect(Files.kind("/proc/\(pid)") == nil)
    }

    @Test("A condition that stays false ends in an error that says what was waited for")
    func deadline() {
        #expect(throws: DeadlinePassed.self) {
            try wait(for: "the moon", upTo: .milliseconds(5), until: { false })
        }
    }

    @Test("The built executables are found, and the temporary directory is gone in the end")
    func places() throws {
        #expect(Files.isExecutable(try Products.path("deployd")))
        let path = try TemporaryDirectory().path
        #expect(Files.kind(path) == nil)
        #expect(try Child.run(Program.python("print(6 * 7)")).output == "42\n")
    }
}
