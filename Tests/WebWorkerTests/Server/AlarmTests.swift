import Testing

@testable import WebWorker

/// Deadlines, pauses and messages of a server's parts.
@Suite struct AlarmTests {
    private var wheel = TimerWheel(now: 0)
    private var due: [(token: UInt64, tick: TimerWheel.Tick)] = []

    @Test mutating func anAlarmRingsOnceAndNotBeforeADeadlineThatHasMoved() throws {
        var alarm = Alarm()
        alarm.deadline = 1000
        alarm.set(7, in: &wheel)
        alarm.deadline = 3000
        alarm.set(7, in: &wheel)
        wheel.advance(to: 2000, into: &due)
        let first = try #require(due.first)
        #expect(due.count == 1 && first.token == 7)
        let tooEarly = alarm.rings(first.tick, at: 2000, 7, in: &wheel)
        #expect(!tooEarly)
        due = []
        wheel.advance(to: 4000, into: &due)
        let second = try #require(due.first)
        let rings = (0..<2).map { _ in alarm.rings(second.tick, at: 4000, 7, in: &wheel) }
        #expect(rings == [true, false])
    }

    @Test func anAlarmWithoutADeadlineTakesNoEntry() {
        var (alarm, wheel) = (Alarm(), TimerWheel(now: 0))
        alarm.set(7, in: &wheel)
        #expect(wheel.nextDeadline == nil)
    }

    @Test func aRestEndsOnce() {
        var rest = Rest()
        let wasOver = rest.isOver(at: .max - 1)
        #expect(!rest.isOn && !wasOver)
        rest.begin(at: 50)
        #expect(rest.isOn && rest.end == 50 + Rest.milliseconds)
        let over = [50, rest.end, rest.end].map { rest.isOver(at: $0) }
        #expect(over == [false, true, false] && !rest.isOn)
    }

    @Test func aThrottleLetsOneThroughInItsInterval() {
        var throttle = Throttle(milliseconds: 1000)
        let passed = [0, 999, 1000, 1001, 2000].map { throttle.passes(at: $0) }
        #expect(passed == [true, false, true, false, true])
    }
}
