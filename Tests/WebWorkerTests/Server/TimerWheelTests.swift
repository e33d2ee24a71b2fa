import Testing

@testable import WebWorker

@Suite struct TimerWheelTests {
    private func due(_ wheel: inout TimerWheel, _ now: Int64) -> [UInt64] {
        var due: [(token: UInt64, tick: TimerWheel.Tick)] = []
        wheel.advance(to: now, into: &due)
        return due.map(\.token)
    }

    @Test func anEntryComesUpOnceAndNotBeforeItsDeadline() {
        for deadline in [1, 127, 128, 129, 5000, 60_000] as [Int64] {
            var wheel = TimerWheel(now: 0)
            let tick = wheel.tick(for: deadline)
            wheel.insert(7, at: tick)
            var seen: [Int64] = []
            for now in stride(from: Int64(0), to: 140_000, by: 50) {
                seen += due(&wheel, now).map { token in
                    #expect(token == 7)
                    return now
                }
            }
            #expect(seen.count == 1)
            #expect(seen.first.map { $0 >= deadline && $0 < deadline + 256 } == true, "\(deadline): \(seen)")
        }
    }

    @Test func aDeadlineBeyondATurnComesUpEarlyToBeSetAgain() {
        var wheel = TimerWheel(now: 1_000_000)
        let tick = wheel.tick(for: 10_000_000)
        wheel.insert(1, at: tick)
        #expect(due(&wheel, 1_070_000) == [1])
        #expect(wheel.nextDeadline == nil)
    }

    @Test func theNextDeadlineIsTheEarliestEntry() {
        var wheel = TimerWheel(now: 77_777)
        #expect(wheel.nextDeadline == nil)
        for deadline in [90_000, 80_000, 120_000, 78_000] as [Int64] {
            wheel.insert(1, at: wheel.tick(for: deadline))
        }
        #expect(wheel.nextDeadline.map { $0 >= 78_000 && $0 < 78_256 } == true)
    }

    @Test func allEntriesComeUpHoweverTimeJumps() {
        var generator = SystemRandomNumberGenerator()
        var wheel = TimerWheel(now: 0)
        var now: Int64 = 0
        var inserted = 0
        var seen = 0
        for _ in 0..<2000 {
            wheel.insert(1, at: wheel.tick(for: now + Int64.random(in: 0..<100_000, using: &generator)))
            inserted += 1
            now += Int64.random(in: 0..<3000, using: &generator)
            seen += due(&wheel, now).count
        }
        seen += due(&wheel, now + 200_000).count
        #expect(seen == inserted)
    }
}
