import Handoff
import Linux
import TestSupport
import Testing

@Suite("The scoreboard")
struct ScoreboardTests {
    private func board(_ directory: TemporaryDirectory) throws -> FileDescriptor {
        let file = try Files.create(directory.path("board"))
        try file.truncate(to: Scoreboard.byteCount)
        return file
    }

    @Test("Every counter has a place of its own within the file, beside magic and histogram")
    func layout() {
        let places = Scoreboard.Counter.allCases.map(\.rawValue)
        #expect(Set(places).count == places.count)
        #expect(places.allSatisfy { $0 > 0 && $0 < Scoreboard.latencyStart })
        #expect((Scoreboard.latencyStart + Scoreboard.latencyBuckets) * 8 <= Scoreboard.byteCount)
    }

    @Test("What a worker counts is seen through another mapping and by reading the file")
    func counting() throws {
        let directory = try TemporaryDirectory()
        let file = try board(directory)
        let worker = try SharedMapping(file, byteCount: Scoreboard.byteCount, writable: true)
        let status = try SharedMapping(
            try Files.open(directory.path("board")), byteCount: Scoreboard.byteCount, writable: false)
        let before = ScoreboardSnapshot(status)
        #expect(before == nil)
        #expect(try ScoreboardSnapshot(reading: file) == nil)
        for counter in Scoreboard.Counter.allCases {
            worker.store(counter.rawValue, UInt64(counter.rawValue) << 32 | 1)
        }
        worker.store(0, Scoreboard.magic)
        let mapped = ScoreboardSnapshot(status)
        let seen = try #require(mapped)
        #expect(try ScoreboardSnapshot(reading: file) == seen)
        for counter in Scoreboard.Counter.allCases { #expect(seen[counter] == counter.rawValue << 32 | 1) }
        var sum = seen
        sum.add(seen)
        #expect(sum[.requests] == 2 * seen[.requests])
        #expect(ScoreboardSnapshot()[.requests] == 0)
    }

    @Test(
        "Whatever a worker writes is bounded, and its sums too",
        arguments: [UInt64.max, 1 << 63 | 5, UInt64(Int64.max), 1 << 49] as [UInt64])
    func hostile(number: UInt64) throws {
        let directory = try TemporaryDirectory()
        let file = try board(directory)
        let worker = try SharedMapping(file, byteCount: Scoreboard.byteCount, writable: true)
        for index in 1..<Scoreboard.byteCount / 8 { worker.store(index, number) }
        worker.store(0, Scoreboard.magic)
        let board = try #require(try ScoreboardSnapshot(reading: file))
        let sum = (0..<1000).reduce(into: ScoreboardSnapshot()) { sum, _ in sum.add(board) }
        for counter in Scoreboard.Counter.allCases { #expect(sum[counter] == WorkerCount.largest) }
        #expect(sum.latency.total == WorkerCount.largest * Scoreboard.latencyBuckets)
        for percent in [0, 50, 99, 100.0] { #expect(sum.latency.percentile(percent) != nil) }
        #expect(sum.latency.since(board.latency).total == 0)
    }

    @Test("A file that its worker cut short is no scoreboard, and kills nobody who reads it")
    func cutShort() throws {
        let directory = try TemporaryDirectory()
        let file = try board(directory)
        try file.truncate(to: 100)
        #expect(try ScoreboardSnapshot(reading: file) == nil)
    }
}
