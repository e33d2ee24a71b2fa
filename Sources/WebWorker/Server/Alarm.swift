/// The deadline of something that has a token, and its entry of the timer wheel.
struct Alarm {
    /// In milliseconds of the monotonic clock; `Int64.max` for never. `set` follows a change to an earlier one.
    var deadline = Int64.max
    /// The tick of the wheel's entry; `Int64.max` without one.
    private var scheduled = TimerWheel.Tick.max

    /// Puts an entry into the wheel. A new one is needed only for an earlier deadline.
    @inline(__always)
    mutating func set(_ token: UInt64, in wheel: inout TimerWheel) {
        guard deadline != .max else { return }
        let tick = wheel.tick(for: deadline)
        guard tick < scheduled else { return }
        wheel.insert(token, at: tick)
        scheduled = tick
    }

    /// An entry has come up. Whether it is this one's and the deadline has passed; one that has moved gets another entry.
    mutating func rings(_ tick: TimerWheel.Tick, at now: Int64, _ token: UInt64, in wheel: inout TimerWheel) -> Bool {
        guard scheduled == tick else { return false }
        scheduled = .max
        if deadline <= now { return true }
        set(token, in: &wheel)
        return false
    }
}
