import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What a master leaves that is no more")
struct LeftoversTests {
    @Test("It is named, with the workers' pids")
    func words() {
        #expect(
            Leftovers(workers: [("v2", 7), ("v2", 9), ("v2", 7)], hasKeeper: true).description
                == "no master runs, but the last one left 2 workers of v2 (pids 7, 9) and the keeper of its sockets")
        #expect(
            Leftovers(workers: [(nil, 7)], hasKeeper: false).description
                == "no master runs, but the last one left a worker (pid 7)")
        // In the middle of a deploy.
        #expect(
            Leftovers(workers: [("v1", 7), ("v1", 8), ("w4", 9), ("v1", 10)], hasKeeper: true).description
                == "no master runs, but the last one left 3 workers of v1 (pids 7, 8, 10), a worker of w4 (pid 9) and the "
                + "keeper of its sockets")
        #expect(
            Leftovers(workers: [], hasKeeper: true).description
                == "no master runs, but the last one left the keeper of its sockets")
    }

    @Test("A lock that could not be signed, and a state that is lost, are no riddle")
    func unsigned() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("lock")
        guard let lock = try FileLock.acquire(path) else {
            Issue.record("nobody else has the lock")
            return
        }
        #expect(LockHolder.find(path) == ThisProcess.pid)
        _ = consume lock
        // A child that another test has just started may have a copy.
        try wait(for: "the lock to be free") { LockHolder.find(path) == nil }
        let left = Leftovers(workers: [(nil, 7)], hasKeeper: false, stateLoss: "cannot be read")
        #expect(left.advice().hasPrefix("the state file cannot be read"))
        #expect(left.advice().hasSuffix("`deployd stop` ends it"))
        let served = Leftovers(workers: [(nil, 7)], hasKeeper: false)
        #expect(
            served.advice(start: "`sudo systemctl start deployd`")
                == "`sudo systemctl start deployd` takes it over, `deployd stop` ends it")
    }

    @Test("Who holds the lock is known by pid and start time, and a pid of today is not taken for one of yesterday")
    func holder() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("lock")
        #expect(LockHolder.find(path) == nil)
        guard let lock = try FileLock.acquire(path) else {
            Issue.record("nobody else has the lock")
            return
        }
        try lock.sign(LockHolder.signature)
        #expect(LockHolder.find(path) == ThisProcess.pid)
        let isPresent = lock.isPresent(at: path)
        #expect(isPresent)
        try directory.write("lock", "\(ThisProcess.pid) 1\n")
        #expect(LockHolder.find(path) == nil)
        try Files.unlink(path)
        let isStillPresent = lock.isPresent(at: path)
        #expect(!isStillPresent)
    }

    @Test("A state file that a power cut left unreadable is moved away; one of this boot is an error")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        let content = "{\"version\":1,\"sta"
        try directory.write("state.json", content)
        #expect(throws: ProblemsFound.self) { _ = try state.readStateOrSetAside() }
        try Child.expect([try Program.path("touch"), "-d", "2001-02-03", directory.path("state.json")])
        #expect(try state.readStateOrSetAside() == nil)
        #expect(try Files.read(directory.path("state.json.unreadable")) == Array(content.utf8))
        #expect(Files.kind(state.stateFile) == nil)
    }

    @Test("A state file with nothing in it is none", arguments: ["", String(repeating: "\0", count: 4096)])
    func nothingInIt(content: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("state.json", content)
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        #expect(try state.readStateOrSetAside() == nil)
    }

    @Test("The pauses of starts that fail grow up to a minute")
    func pauses() {
        let pauses = [1, 2, 3, 7, 8, 1000].map { StartPause.duration(after: $0) }
        #expect(pauses == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(32), .seconds(60), .seconds(60)])
    }

    @Test("A reason is the same though its pid is another, and the worker that failed first")
    func reasons() {
        let words = { (worker: Int, pid: Int, code: Int) in
            HistoryRecord.withoutNumbers("worker \(worker) (pid \(pid)) exited with code \(code) before it served")
        }
        #expect(words(1, 12, 1) == words(2, 4711, 1))
        #expect(words(1, 12, 1) != words(1, 12, 2))
    }

    @Test("Kills for want of memory are read from the kernel's counts")
    func memoryKills() {
        #expect(MemoryKills.count(inText: "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n") == 2)
        #expect(MemoryKills.count(inText: "nr_free_pages 1\noom_kill 12\ndrop_pagecache 0\n") == 12)
        #expect(MemoryKills.count(inText: "low 0\n") == nil)
    }
}
