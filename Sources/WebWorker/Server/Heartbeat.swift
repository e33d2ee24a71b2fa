internal import Linux

/// The signs of life that a supervisor's watchdog wants: two in the time that it allows for one.
struct Heartbeat: Sendable {
    /// From one to the next, in milliseconds.
    private let interval: Int64
    /// The next beat, in milliseconds of the monotonic clock.
    private(set) var next: Int64

    init(limit: Duration, at now: Int64) {
        interval = max(1, Int64(limit.milliseconds) / 2)
        next = now + interval
    }

    /// True if a beat is due; then the one after it is set.
    mutating func isDue(at now: Int64) -> Bool {
        guard now >= next else { return false }
        next = now + interval
        return true
    }
}
