import Linux
import TestSupport
import Testing

@Suite("What a process knows of itself")
struct ThisProcessTests {
    @Test("The environment is the C library's, each variable once")
    func environment() {
        let variables = ThisProcess.environment()
        #expect(variables.contains("PATH=\(ThisProcess.variable("PATH") ?? "")"))
        #expect(variables.allSatisfy { $0.contains("=") })
        #expect(ThisProcess.variable("NO_SUCH_VARIABLE") == nil)
    }

    @Test("Identity, start time, memory and processors")
    func identity() throws {
        #expect(ThisProcess.pid > 1)
        let own = try #require(ProcessStatus(of: ThisProcess.pid))
        #expect(own.startTime == ProcessStatus(of: ThisProcess.pid)?.startTime)
        let child = try Child(["sleep", "1000"])
        let status = try #require(ProcessStatus(of: child.pid))
        #expect(status.startTime >= own.startTime)
        #expect(status.parent == ThisProcess.pid && !status.isZombie)
        try child.send(.kill)
        // Not reaped yet.
        try wait(for: "its end") { ProcessStatus(of: child.pid)?.isZombie != false }
        #expect(try #require(ThisProcess.residentBytes(of: ThisProcess.pid)) > 1 << 20)
        #expect(ThisProcess.processorCount >= 1)
        #expect(Int(try Child.run(["nproc"]).output.dropLast()) == ThisProcess.processorCount)
    }

    @Test("Accounts are found by name and by number, with their groups")
    func accounts() throws {
        let root = try #require(UserAccount.find("root"))
        #expect(root.uid == 0 && root.gid == 0)
        #expect(UserAccount.find("0") == root)
        #expect(root.groups().contains(0))
        #expect(UserAccount.find("no such user") == nil)
        #expect(GroupAccount.find("root") == 0)
        #expect(GroupAccount.find("4000000000") == 4_000_000_000)
        #expect(GroupAccount.find("no such group") == nil)
    }

    @Test("Limits are read, and clocks go on")
    func limitsAndClocks() throws {
        let files = try ResourceLimit.files.current()
        #expect(files.soft > 0 && files.soft <= files.hard)
        #expect(MonotonicClock.now() <= MonotonicClock.now())
        #expect(WallClock.text(.seconds(951_782_400) + .milliseconds(7)) == "2000-02-29T00:00:00.007Z")
        #expect(WallClock.text(.zero) == "1970-01-01T00:00:00.000Z")
    }

    @Test("An error says what was done, on what, and why")
    func errors() {
        #expect(Errno.notFound.description == "No such file or directory")
        #expect(
            SystemError(call: "open", errno: .notFound, subject: "/x").description
                == "open /x: No such file or directory")
        #expect(SystemError(call: "open", errno: .notFound).description == "open: No such file or directory")
    }
}
