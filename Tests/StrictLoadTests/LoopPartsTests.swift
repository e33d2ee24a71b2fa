import Linux
import Testing

@testable import StrictLoad

@Suite struct DeadlineQueueTests {
    @Test func clientsComeInTheOrderOfTheirDeadlines() {
        var queue = DeadlineQueue(clients: 3)
        queue.set(30, for: 0)
        queue.set(10, for: 1)
        queue.set(20, for: 2)
        #expect(queue.next == 10)
        #expect(queue.popDue(at: 9) == nil)
        #expect(queue.popDue(at: 25) == 1)
        #expect(queue.popDue(at: 25) == 2)
        #expect(queue.popDue(at: 25) == nil)
        #expect(queue.popDue(at: 30) == 0)
        #expect(queue.next == nil)
    }

    @Test func aDeadlineThatMovedAwayIsNotDueAtItsOldTime() {
        var queue = DeadlineQueue(clients: 1)
        queue.set(10, for: 0)
        queue.set(50, for: 0)
        #expect(queue.popDue(at: 40) == nil)
        #expect(queue.popDue(at: 50) == 0)
    }

    @Test func aDeadlineThatMovedNearIsDueOnce() {
        var queue = DeadlineQueue(clients: 1)
        queue.set(50, for: 0)
        queue.set(10, for: 0)
        #expect(queue.popDue(at: 10) == 0)
        #expect(queue.popDue(at: 60) == nil)
    }

    @Test func aClearedDeadlineIsNeverDue() {
        var queue = DeadlineQueue(clients: 1)
        queue.set(10, for: 0)
        queue.clear(0)
        #expect(queue.popDue(at: 100) == nil)
        queue.set(20, for: 0)
        #expect(queue.popDue(at: 100) == 0)
    }

    @Test(arguments: 0..<5) func anyHistoryAgreesWithAPlainList(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var queue = DeadlineQueue(clients: 16)
        var plain = [Nanoseconds?](repeating: nil, count: 16)
        for now in 0..<Nanoseconds(2_000) {
            let client = Int.random(in: 0..<16, using: &random)
            if Int.random(in: 0..<8, using: &random) == 0 {
                queue.clear(client)
                plain[client] = nil
            } else {
                let time = now + Nanoseconds.random(in: 1...50, using: &random)
                queue.set(time, for: client)
                plain[client] = time
            }
            while let due = queue.popDue(at: now) {
                #expect(plain[due].map { $0 <= now } ?? false, "seed \(seed), time \(now)")
                plain[due] = nil
            }
            #expect(!plain.contains { $0.map { $0 <= now } ?? false }, "seed \(seed), time \(now)")
        }
    }
}

@Suite struct PacerTests {
    private func plan(_ change: (inout LoadPlan) -> Void) -> LoadPlan {
        var plan = LoadPlan(address: .v4(.loopback, port: 80))
        change(&plan)
        return plan
    }

    @Test func withoutRateAndThinkingTheNextRequestIsDueAtOnce() {
        var pacer = Pacer(plan: plan { _ in }, start: 0)
        #expect(pacer.due(freeSince: 77) == 77)
    }

    @Test func aRateGivesOneTurnAfterAnother() {
        var pacer = Pacer(plan: plan { $0.rate = 1_000 }, start: 500)
        #expect((0..<3).map { _ in pacer.due(freeSince: 600) } == [500, 1_000_500, 2_000_500])
    }

    @Test func thinkTimesFillTheirRange() {
        var pacer = Pacer(plan: plan { $0.think = 1_000...2_000 }, start: 0)
        let times = (0..<1_000).map { _ in pacer.due(freeSince: 10) }
        #expect(times.allSatisfy { (1_010...2_010).contains($0) })
        #expect(times.contains { $0 < 1_100 } && times.contains { $0 > 1_900 })
    }
}
