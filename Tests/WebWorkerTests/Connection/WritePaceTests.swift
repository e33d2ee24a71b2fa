import Testing

@testable import WebWorker

@Suite struct WritePaceTests {
    /// Looks when it says so, at what the kernel has then, until it says that it is over or `looks` are done. Returns when.
    private func end(looks: Int = 100, limit: Int64 = 1000, waiting: (Int64) -> Int) -> Int64? {
        var pace = WritePace()
        var now = pace.restart(at: 0, limit: limit)
        for _ in 0..<looks {
            guard let next = pace.look(waiting(now), at: now, limit: limit) else { return now }
            #expect(next > now)
            now = next
        }
        return nil
    }

    @Test func whoTakesNothingHasTheLimitAndAQuarter() {
        #expect(end { _ in 4_000_000 } == 1250)
        #expect(end(limit: 2) { _ in 4_000_000 } == 3)
        #expect(end(limit: 0) { _ in 4_000_000 } == 2)
    }

    @Test func whoGoesOnTakingIsNotCutOff() {
        #expect(end { 4_000_000 - Int($0) * 30 } == nil)
        // In gulps that are farther apart than looks are.
        #expect(end { 4_000_000 - Int($0 / 900) * 32_768 } == nil)
    }

    @Test func nextToNothingIsNothing() {
        #expect(end { 4_000_000 - Int($0) } == 1250)
        #expect(end { 4_000_000 - Int($0) * 2 } == nil)
    }

    @Test func whoStopsHasTheLimitFromThere() {
        #expect(end { 4_000_000 - Int(min($0, 3000)) * 30 } == 4000)
    }

    @Test func whatGoesOutBeginsAnew() {
        var pace = WritePace()
        #expect(pace.restart(at: 0, limit: 1000) == 250)
        #expect(pace.look(500, at: 250, limit: 1000) == 500)
        #expect(pace.restart(at: 1200, limit: 1000) == 1450)
        #expect(pace.look(500, at: 1450, limit: 1000) == 1700)
        #expect(pace.look(500, at: 2449, limit: 1000) == 2450)
        #expect(pace.look(500, at: 2450, limit: 1000) == nil)
    }
}
