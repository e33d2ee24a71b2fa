import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct GenerationLogsTests {
    static let generation = GenerationNumber(rawValue: 1)

    @Test func `a log stays below its limit, keeps its end, and loses nothing that is written later`() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        let limit = 1 << 20
        let logs = try GenerationLogs(state, limit: limit)
        _ = try logs.descriptor(of: Self.generation)
        let worker = try Files.openForAppending(state.log(of: Self.generation))
        var now = Instant(sinceBoot: .seconds(100))
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        for number in 1...30_000 {
            try worker.writeAll(line)
            guard number % 1000 == 0 else { continue }
            logs.handleReady(at: now)
            now = try #require(logs.nextDeadline)
            logs.expire(at: now)
            #expect(logs.nextDeadline == nil)
            #expect(try Files.status(state.log(of: Self.generation)).size <= limit)
        }
        try worker.writeAll(Array("the end\n".utf8))
        #expect(logs.lines(of: Self.generation).suffix(1).map(String.init) == ["the end"])
    }

    /// Writes in a worker's place, and lets the master look, as often as it wants to.
    static func write(_ text: String, _ worker: borrowing FileDescriptor, _ logs: GenerationLogs) throws {
        try worker.writeAll(Array(text.utf8))
        logs.handleReady(at: Instant(sinceBoot: .seconds(100)))
        logs.expire(at: try #require(logs.nextDeadline))
    }

    @Test(arguments: ["one\n", String(repeating: "x\n", count: (1 << 16) - 4) + "the end\n"])
    func `room that a worker takes behind the end of its log is given back, and nothing else`(text: String) throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        let logs = try GenerationLogs(state, limit: 1 << 16)
        _ = try logs.descriptor(of: Self.generation)
        let file = state.log(of: Self.generation)
        let worker = try Files.openForAppending(file)
        let finished = try Child.run([try Program.path("fallocate"), "--keep-size", "--length", "64M", file])
        #expect(finished.status == .exited(code: 0), "\(finished.errors)")
        #expect(try Files.status(file).allocated >= 64 << 20)
        try Self.write(text, worker, logs)
        let status = try Files.status(file)
        #expect(status.allocated < 2 << 20 && status.size <= 1 << 16)
        #expect(logs.lines(of: Self.generation).last == text.split(separator: "\n").last)
        #expect(try !Files.read(file).contains(0))
    }

    @Test func `a log that was removed is made anew, with what is written to the file that nobody sees`() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        let logs = try GenerationLogs(state, limit: 1 << 16)
        _ = try logs.descriptor(of: Self.generation)
        let worker = try Files.openForAppending(state.log(of: Self.generation))
        try Self.write("one\n", worker, logs)
        for count in 1...3 {
            try Files.removeTree(state.logs)
            try Self.write("line \(count)\n", worker, logs)
            #expect(logs.lines(of: Self.generation).last.map(String.init) == "line \(count)")
        }
        try Self.write(String(repeating: "x", count: 1 << 20), worker, logs)
        #expect(try worker.status().size <= 1 << 16)
        #expect(try Files.status(state.log(of: Self.generation)).size <= 1 << 16)
    }

    @Test func `what is written when a generation is gone is bounded, too, and such a log is not removed`() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        let logs = try GenerationLogs(state, limit: 1 << 16)
        _ = try logs.descriptor(of: Self.generation)
        let stray = try Files.openForAppending(state.log(of: Self.generation))
        try stray.writeAll([UInt8](repeating: 1, count: 1 << 20))
        logs.close(Self.generation)
        #expect(try stray.status().size <= 1 << 16)
        logs.prune(keeping: 0)
        for _ in 1...3 {
            try Self.write(String(repeating: "x", count: 1 << 20), stray, logs)
            #expect(try stray.status().size <= 1 << 16)
        }
        #expect(try Files.list(state.logs) == ["1.log"])
        // A later master finds it so.
        try stray.writeAll([UInt8](repeating: 1, count: 1 << 20))
        try directory.write("logs/1.before/output", "left by a hook of a killed master")
        try directory.write("logs/2.test-5/output", "of a test that still runs")
        let later = try GenerationLogs(state, limit: 1 << 16)
        later.begin(keeping: ["\(state.logs)/2.test-5/output"], at: Instant(sinceBoot: .seconds(100)))
        #expect(try stray.status().size <= 1 << 16)
        #expect(try Files.list(state.logs) == ["1.log", "2.test-5"])
    }

    @Test func `a command's output that grows faster than it is read stays below a bound`() throws {
        let directory = try TemporaryDirectory()
        let output = try CommandOutput(directory.path("1.before"), isNew: true)
        let command = try Files.openForAppending(directory.path("1.before"))
        let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
        for _ in 1...3 {
            try command.writeAll(flood)
            let lines = output.lines()
            #expect(lines.contains { $0.contains("left out") })
            #expect(try command.status().size == 0)
        }
        try command.writeAll(Array("the end\n".utf8))
        #expect(output.lines() == ["the end"])
    }

    @Test func `only the newest logs are kept, and those that are written to`() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        for number in 1...9 { try directory.write("logs/\(number).log", "") }
        let logs = try GenerationLogs(state, limit: 1 << 20)
        _ = try logs.descriptor(of: GenerationNumber(rawValue: 2))
        logs.prune(keeping: 3)
        #expect(try Files.list(state.logs) == ["2.log", "7.log", "8.log", "9.log"])
    }
}
