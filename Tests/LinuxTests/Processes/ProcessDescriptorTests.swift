import Linux
import TestSupport
import Testing

@Suite("Processes and their ends")
struct ProcessDescriptorTests {
    private func start(_ script: String) throws -> Int32 {
        let null = try Files.open("/dev/null")
        return try spawn(
            SpawnRequest(
                executable: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH=/usr/bin:/bin"],
                descriptors: [(null.number, 0), (null.number, 1), (null.number, 2)]))
    }

    private func end(of script: String) throws -> Linux.ExitStatus {
        let process = try ProcessDescriptor(pid: try start(script))
        return try wait(for: "the end of \(script)") { try process.reap() }
    }

    @Test("Each kind of end is told apart")
    func kinds() throws {
        #expect(try end(of: "exit 0") == .exited(code: 0))
        #expect(try end(of: "exit 255") == .exited(code: 255))
        #expect(try end(of: "kill -TERM $$") == .signalled(.term, dumpedCore: false))
        #expect(try end(of: "kill -KILL $$") == .signalled(.kill, dumpedCore: false))
        guard case .signalled(.abrt, _) = try end(of: "kill -ABRT $$") else {
            Issue.record("an abort was not told as SIGABRT")
            return
        }
    }

    @Test("The descriptor becomes readable at the end, and not before; a second reap is an error")
    func readable() throws {
        let process = try ProcessDescriptor(pid: try start("exec sleep 1000"))
        #expect(try process.reap() == nil)
        #expect(try !Poll.readable(process.number, timeout: .zero))
        var epoll = try Epoll()
        try epoll.add(process.number, .readable, token: 5)
        #expect(try process.send(.kill))
        #expect(try epoll.wait(timeout: .seconds(20)) == 1)
        #expect(epoll.ready(0).token == 5)
        #expect(try process.reap() == .signalled(.kill, dumpedCore: false))
        #expect(throws: SystemError(call: "waitid", errno: .noChild)) { try process.reap() }
        #expect(try !process.send(.kill))
    }

    @Test("A process that is gone cannot be opened, and has neither start time nor memory")
    func gone() throws {
        let pid = try start("exit 0")
        let process = try ProcessDescriptor(pid: pid)
        _ = try wait(for: "the end") { try process.reap() }
        #expect(throws: SystemError(call: "pidfd_open", errno: .noSuchProcess, subject: "pid \(pid)")) {
            _ = try ProcessDescriptor(pid: pid)
        }
        #expect(ProcessStatus(of: pid) == nil)
        #expect(ThisProcess.residentBytes(of: pid) == nil)
    }

    @Test("A stranger's process can be signalled but not reaped")
    func stranger() throws {
        let own = try ProcessDescriptor(pid: ThisProcess.pid)
        #expect(throws: SystemError(call: "waitid", errno: .noChild)) { try own.reap() }
        #expect(try own.send(.cont))
    }

    @Test("A process's descriptor can be had as one of ours: the same open file")
    func takeDescriptor() throws {
        let pair = try SocketPair(.stream)
        let child = try Child(["sleep", "1000"], descriptors: [(pair.second.number, 9)])
        let process = try ProcessDescriptor(pid: child.pid)
        let taken = Socket(adopting: try process.takeDescriptor(9))
        #expect(try taken.cookie() == pair.second.cookie())
        #expect(throws: SystemError(call: "pidfd_getfd", errno: Errno(rawValue: 9))) {
            _ = try process.takeDescriptor(500)
        }
    }

    @Test("An end is told in words")
    func words() {
        #expect(ExitStatus.exited(code: 3).description == "exited with code 3")
        #expect(ExitStatus.signalled(.segv, dumpedCore: true).description == "was killed by SIGSEGV (core dumped)")
    }
}
