import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What the master goes by is in nobody else's hands")
struct FileTrustTests {
    private static func surroundings(_ scratch: TemporaryDirectory) -> Surroundings {
        Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": "/usr/bin:/bin"], userID: ThisProcess.uid,
            executableDirectory: "/nowhere", cores: 2)
    }

    private static func problems(_ scratch: TemporaryDirectory, _ settings: String = "state: 'state'") throws
        -> [Problem]
    {
        try scratch.write("deployd.json", "{ listen: ['127.0.0.1:0'], \(settings) }")
        return Check.run(
            configurationFile: nil, release: nil, surroundings: surroundings(scratch), masterRuns: false
        ).problems
    }

    @Test(arguments: ["state", "state/state.json", "state/history.jsonl", "state/lock", "state/logs"])
    func `what others may write to in the state directory is named`(name: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try StateDirectory(root: scratch.path("state"), runtime: scratch.path("state")).make()
        for file in ["state.json", "history.jsonl", "lock"] { try scratch.write("state/\(file)", "", mode: 0o600) }
        #expect(try Self.problems(scratch) == [])
        for mode: UInt32 in [0o775, 0o757] {
            try Files.setMode(scratch.path(name), mode)
            let found = try Self.problems(scratch)
            #expect(found.map(\.file) == [scratch.path(name)])
            #expect(found.first?.advice.hasSuffix("chmod go-w \(scratch.path(name))") == true)
        }
    }

    @Test func `what belongs to another user is named, and a release of his does not run as root`() throws {
        guard ThisProcess.uid == 0 else {
            return skipped("what belongs to another user is named", because: "only root gives a file away")
        }
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let state = scratch.path("state")
        try StateDirectory(root: state, runtime: state).make()
        try Files.setOwner(state, uid: 65534, gid: nil, of: .directory)
        #expect(try Self.problems(scratch).map(\.file) == [state])
        try Files.setOwner(state, uid: 0, gid: nil, of: .directory)
        try Files.setOwner(scratch.path("deployd.json"), uid: 65534, gid: nil, of: .file)
        #expect(try Self.problems(scratch).map(\.file) == ["deployd.json"])
        try Files.setOwner(scratch.path("deployd.json"), uid: 0, gid: nil, of: .file)
        try Files.setOwner(scratch.path("releases/v1"), uid: 65534, gid: nil, of: .directory)
        #expect(try Self.problems(scratch).map(\.file) == ["releases/v1"])
        let own = try Self.problems(scratch, "state: 'state', user: 'nobody'")
        #expect(!own.contains { $0.found.contains("belongs to") })
    }

    @Test func `root in the site of another user's is told to be that user, and nothing that runs is to change hands`()
        throws
    {
        guard ThisProcess.uid == 0 else {
            return skipped("root in the site of another user's", because: "only root gives a file away")
        }
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let state = scratch.path("state")
        let directory = StateDirectory(root: state, runtime: state)
        try directory.make()
        for path in ["state", "releases/v1", "releases/v1/release.json", "deployd.json"] {
            if path == "deployd.json" { try scratch.write(path, "") }
            try Files.setOwner(
                scratch.path(path), uid: 65534, gid: nil,
                of: Files.kind(scratch.path(path)) == .file ? .file : .directory)
        }
        let idle = try #require(try Self.problems(scratch).first)
        #expect(idle.expected == "to be run as user \"nobody\"")
        #expect(idle.advice.hasPrefix("`sudo -u nobody deployd start`; or, "), "\(idle)")
        // A master: this process holds the lock.
        guard let lock = try FileLock.acquire(directory.lock) else {
            Issue.record("nobody else has the lock")
            return
        }
        try lock.sign(LockHolder.signature)
        let running = try Self.problems(scratch)
        #expect(running.first?.file == state)
        #expect(running.first?.found.hasSuffix("whose master (pid \(ThisProcess.pid)) runs") == true, "\(running)")
        #expect(running.first?.advice == "`sudo -u nobody deployd status` shows it")
        let configuration = "{ listen: ['127.0.0.1:0'], state: 'state' }"
        try scratch.write("deployd.json", configuration)
        let beside = Check.run(
            configurationFile: nil, release: nil, surroundings: Self.surroundings(scratch), masterRuns: true)
        #expect(beside.problems == [], "root's check judges as the master, whose site it is")
        _ = consume lock
    }

    @Test func `a state directory whose sockets would have too long a path is named with the limit`() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let name = String(repeating: "d", count: 107 - "/w999999999.control".count - scratch.path.count - 1)
        #expect(try Self.problems(scratch, "state: '\(name)'") == [])
        let found = try Self.problems(scratch, "state: '\(name)d'")
        #expect(found.map(\.keyPath) == ["state"])
        #expect(found.first?.expected.hasPrefix("one of 88 at most") == true)
    }
}
