import Handoff
import Linux
import TestSupport
import Testing

@Suite("The latency histogram")
struct LatencyHistogramTests {
    private func histogram(_ answers: [Int64]) -> LatencyHistogram {
        var counts = [UInt64](repeating: 0, count: Scoreboard.latencyBuckets)
        for time in answers { counts[LatencyHistogram.bucket(microseconds: time)] += 1 }
        return LatencyHistogram(counts)
    }

    @Test(
        "A time is in the bucket whose borders are around it",
        arguments: [
            (-5, 0), (0, 0), (1, 0), (2, 2), (3, 3), (4, 4), (5, 4), (6, 5), (7, 5), (8, 6), (11, 6), (12, 7),
            (1000, 19),
            (1024, 20), (1448, 20), (1449, 21), (1_000_000, 39), (Int64(1) << 31, 62),
            (3_037_000_499, 62), (3_037_000_500, 63), (.max, 63),
        ] as [(Int64, Int)])
    func bucket(time: Int64, expected: Int) {
        #expect(LatencyHistogram.bucket(microseconds: time) == expected)
    }

    @Test("No bucket is left out between one microsecond and an hour")
    func order() {
        var last = 0
        var time: Int64 = 1
        while time < 3_600_000_000 {
            let bucket = LatencyHistogram.bucket(microseconds: time)
            #expect(bucket >= last && bucket < Scoreboard.latencyBuckets)
            last = bucket
            time += max(1, time / 7)
        }
        #expect(last == 63)
    }

    @Test("A percentile is the upper border of the bucket that has it")
    func percentiles() {
        let hundred = histogram(Array(repeating: 100, count: 99) + [50_000])
        #expect(hundred.total == 100)
        #expect(hundred.percentile(50) == .microseconds(128))
        #expect(hundred.percentile(99) == .microseconds(128))
        #expect(hundred.percentile(99.5) == .microseconds(65_536))
        #expect(histogram([10]).percentile(0)?.microseconds == 11)
        #expect(histogram([]).percentile(50) == nil)
        #expect(histogram([.max]).percentile(50)?.microseconds == 3_037_000_499)
    }

    @Test("Workers' counts add up, and what came since an earlier look is their difference")
    func sums() {
        var sum = histogram([10, 200])
        sum.add(histogram([10, 3000]))
        #expect(sum == histogram([10, 10, 200, 3000]))
        #expect(sum.since(histogram([10, 200])) == histogram([10, 3000]))
        #expect(histogram([10]).since(histogram([10, 10, 200])) == histogram([10]))
    }

    @Test("It is read from the scoreboard's file, and from a mapping of it")
    func reading() throws {
        let directory = try TemporaryDirectory()
        let file = try Files.create(directory.path("board"))
        try file.truncate(to: Scoreboard.byteCount)
        let worker = try SharedMapping(file, byteCount: Scoreboard.byteCount, writable: true)
        worker.store(0, Scoreboard.magic)
        worker.store(Scoreboard.latencyStart, 7)
        worker.store(Scoreboard.latencyStart + Scoreboard.latencyBuckets - 1, 9)
        let mapped = ScoreboardSnapshot(worker)
        var seen = try #require(mapped)
        #expect(try ScoreboardSnapshot(reading: file) == seen)
        #expect(seen.latency[0] == 7 && seen.latency[Scoreboard.latencyBuckets - 1] == 9 && seen.latency.total == 16)
        seen.add(seen)
        #expect(seen.latency.total == 32)
    }
}
