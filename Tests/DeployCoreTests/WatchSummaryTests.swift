import Testing

@testable import DeployCore

@Suite("What a watch has seen, in words")
struct WatchSummaryTests {
    private static func words(_ new: (Int, Int), old: (Int, Int) = (9120, 2), awaited: Int? = nil) -> String? {
        var bench = WatchBench(old: TrafficCounts(answers: old.0, serverErrors: old.1))
        _ = bench.look { $0.new.traffic?.answer(new.0, new.1) }
        return bench.judge.summary?.words(new: "v2", old: "v1", awaited: awaited)
    }

    @Test("Both generations' shares, what they say, and what waits")
    func words() {
        #expect(
            Self.words((412, 3))
                == "v2: 3 of 412 answers 5xx, v1: 2 of 9,120; not enough to tell; 0 connections wait")
        #expect(
            Self.words((10_412, 0))
                == "v2: 0 of 10,412 answers 5xx, v1: 2 of 9,120; no worse so far; 0 connections wait")
        #expect(Self.words((0, 0))?.contains("; no user seen yet;") == true)
        #expect(Self.words((4, 0), awaited: 1000)?.contains("; waiting for 1,000 answers;") == true)
    }

    @Test("Digits stand in groups of three")
    func groups() {
        let shown = [0, 7, 999, 1000, 12_345, 1_234_567, -1000].map { CountText.grouped($0) }
        #expect(shown == ["0", "7", "999", "1,000", "12,345", "1,234,567", "-1,000"])
    }
}
