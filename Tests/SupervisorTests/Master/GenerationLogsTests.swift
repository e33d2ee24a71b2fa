import Linux
import TestSupport
import Testing

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
            now = now + .seconds(1)
            #expect(logs.nextDeadline == now)
            logs.expire(at: now)
            #expect(logs.nextDeadline == nil)
            #expect(try Files.status(state.log(of: Self.generation)).size <= limit)
        }
        try worker.writeAll(Array("the end\n".utf8))
        #expect(logs.lines(of: Self.generation).suffix(1).map(String.init) == ["the end"])
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
