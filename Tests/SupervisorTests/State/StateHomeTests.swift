import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Whose state it is")
struct StateHomeTests {
    private let scratch: TemporaryDirectory
    private let original: StateDirectory

    init() throws {
        scratch = try TemporaryDirectory()
        original = StateDirectory(root: scratch.path("a/state"), runtime: scratch.path("a/state"))
        try original.make()
    }

    /// A state whose only worker is the process with this identity.
    private func state(worker: ProcessIdentity) -> SavedState {
        var saved = StateFileTests.state
        saved.boot = ThisProcess.bootID
        saved.home = StateHome(original.root)
        saved.machine.generations[0].workers[0].process = worker
        return saved
    }

    private static var living: ProcessIdentity {
        ProcessIdentity(pid: ThisProcess.pid, startTime: ProcessStatus(of: ThisProcess.pid)?.startTime ?? 0)
    }

    /// A process that was never there: this one, at another time.
    private static let gone = ProcessIdentity(pid: ThisProcess.pid, startTime: 1)

    /// Copies the state directory, as `cp -a` does.
    private func makeCopy() throws -> StateDirectory {
        try Files.makeDirectory(scratch.path("b"))
        try Child.expect([try Program.path("cp"), "-a", original.root, scratch.path("b/state")])
        return StateDirectory(root: scratch.path("b/state"), runtime: scratch.path("b/state"))
    }

    private func write(_ saved: SavedState) throws {
        try StateFile(path: original.stateFile).write(saved, synchronously: false)
    }

    @Test("At its own path it is its own, in whatever directory; and so is one that does not say where it was")
    func own() throws {
        var saved = state(worker: Self.living)
        #expect(saved.origin(in: original) == .own)
        // A backup that was put back.
        saved.home = StateHome(path: original.root, directory: DirectoryIdentity(device: 1, inode: 2, born: 3))
        #expect(saved.origin(in: original) == .own)
        saved.home = nil
        let copy = try makeCopy()
        #expect(saved.origin(in: copy) == .own)
        try write(saved)
        #expect(try original.readState() == saved)
    }

    @Test("One that was moved as a whole is what it was, and so is one to which two paths lead")
    func moved() throws {
        let saved = state(worker: Self.living)
        try Files.replaceLink(scratch.path("link"), target: "a")
        let linked = StateDirectory(root: scratch.path("link/state"), runtime: scratch.path("link/state"))
        #expect(saved.origin(in: linked) == .own)
        try Files.rename(scratch.path("a"), to: scratch.path("c"))
        let moved = StateDirectory(root: scratch.path("c/state"), runtime: scratch.path("c/state"))
        #expect(saved.origin(in: moved) == .own)
    }

    @Test("That the last master had a file, and none is found, is a mistake: the defaults were never meant")
    func missingFile() throws {
        let site = try TemporaryDirectory()
        let configuration = Configuration.defaults(Surroundings(workingDirectory: site.path))
        let directory = StateDirectory(configuration)
        try directory.make()
        var saved = StateFileTests.state
        // By the defaults, or not known.
        for file in [nil, ""] {
            saved.file = file
            try StateFile(path: directory.stateFile).write(saved, synchronously: false)
            #expect(StateCheck.missingFile(configuration) == nil)
        }
        for (name, advice) in [("deployd.json", "put it back"), ("other.json", "name it with --config ")] {
            if name == "other.json" { try site.write(name, "{}\n") }
            saved.file = site.path(name)
            try StateFile(path: directory.stateFile).write(saved, synchronously: false)
            let problem = try #require(StateCheck.missingFile(configuration))
            #expect(problem.file == site.path("deployd.json") && problem.expected.hasSuffix(site.path(name)))
            #expect(problem.advice.hasPrefix(advice), "\(problem)")
            let told = StateCheck.problems(configuration, file: "deployd.json")
            #expect(told.contains(problem), "\(told)")
        }
    }

    @Test("A copy is another's while that one's workers live, and says which")
    func workersLive() throws {
        let saved = state(worker: Self.living)
        try write(saved)
        let copy = try makeCopy()
        let found = try #require(CopiedState(in: copy))
        #expect(
            found
                == CopiedState(
                    directory: copy.root, original: original.root, master: nil, processes: [ThisProcess.pid]))
        #expect(found.problem.found == "a copy of \(original.root), whose workers (pid \(ThisProcess.pid)) serve on")
        #expect(found.advice.hasPrefix("`mv \(copy.root) \(copy.root).copy` (it holds no release)"))
        #expect(CopiedState(in: original) == nil)
        #expect(try copy.readState() == saved.disowned)
        #expect(!saved.disowned.isOfThisBoot)
        try Files.removeTree(scratch.path("a"))
        #expect(found.advice == "put \(original.root) back, or end them first: `kill \(ThisProcess.pid)`")
    }

    @Test("A copy is another's while that one's master runs, and its lock file does not name that as the copy's")
    func masterRuns() throws {
        try write(state(worker: Self.gone))
        guard let lock = try FileLock.acquire(original.lock) else {
            Issue.record("nobody else has the lock")
            return
        }
        try lock.sign(LockHolder.signature)
        let copy = try makeCopy()
        #expect(LockHolder.find(original.lock) == ThisProcess.pid)
        #expect(LockHolder.find(copy.lock) == nil)
        let found = try #require(CopiedState(in: copy))
        #expect(found.master == ThisProcess.pid && found.processes == [])
        #expect(found.problem.found == "a copy of \(original.root), whose master (pid \(ThisProcess.pid)) runs")
        _ = consume lock
    }

    @Test("A copy at the path of one that was moved is another's while that one's master runs, and a backup else")
    func samePath() throws {
        let saved = state(worker: Self.living)
        try write(saved)
        try scratch.write("a/state/lock", LockHolder.signature, mode: 0o600)
        #expect(CopiedState(in: original) == nil)
        try Files.rename(scratch.path("a"), to: scratch.path("c"))
        try Child.expect([try Program.path("cp"), "-a", scratch.path("c"), scratch.path("a")])
        let found = try #require(CopiedState(in: original))
        let pid = ThisProcess.pid
        let expected = CopiedState(directory: original.root, original: original.root, master: pid, processes: [pid])
        #expect(found == expected)
        let words = "a copy of what was at this path before, whose master (pid \(pid)) runs where that is now"
        #expect(found.problem.found == words)
        #expect(found.advice.hasSuffix("with all that it serves: `kill \(pid)`"))
        // A master at the path itself is the one that is meant.
        guard let lock = try FileLock.acquire(original.lock) else {
            Issue.record("nobody else has the lock")
            return
        }
        #expect(saved.origin(in: original) == .own)
        _ = consume lock
        try scratch.write("a/state/lock", "\(pid) 1\n", mode: 0o600)
        #expect(saved.origin(in: original) == .own)
    }

    @Test("A copy of which nothing lives is an old state: its numbers go on, and no process of it is anybody's")
    func abandoned() throws {
        let saved = state(worker: Self.gone)
        try write(saved)
        let copy = try makeCopy()
        #expect(saved.origin(in: copy) == .abandoned)
        #expect(CopiedState(in: copy) == nil)
        let read = try #require(try copy.readState())
        #expect(!read.isOfThisBoot && read.machine.numbering == saved.machine.numbering)
    }
}
