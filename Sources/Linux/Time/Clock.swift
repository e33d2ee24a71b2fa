internal import CLinux
import Glibc

/// The clock for deadlines: it never goes back and does not count suspended time. Source: clock_gettime(2).
package enum MonotonicClock {
    /// Time since the machine started. The corresponding C function is `clock_gettime` with CLOCK_MONOTONIC.
    package static func now() -> Duration { read(CLOCK_MONOTONIC) }

    /// Time since the machine started, with what it slept through. The corresponding C function is `clock_gettime` with
    /// CLOCK_BOOTTIME.
    package static func sinceBoot() -> Duration { read(CLOCK_BOOTTIME) }

    /// The same in whole microseconds, for a loop that looks often.
    package static func microseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

/// The clock on the wall: for people and histories, never for deadlines.
package enum WallClock {
    /// Time since 1970-01-01 UTC. The corresponding C function is `clock_gettime` with CLOCK_REALTIME.
    package static func now() -> Duration { read(CLOCK_REALTIME) }

    /// A moment as RFC 3339 has it, in UTC, to the millisecond: "2026-01-02T03:04:05.678Z".
    package static func text(_ moment: Duration) -> String {
        var seconds = time_t(moment.components.seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let milliseconds = Int(moment.components.attoseconds / 1_000_000_000_000_000)
        let date =
            unsafe "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(Int(parts.tm_mon) + 1, 2))-\(pad(Int(parts.tm_mday), 2))"
        let time = unsafe "\(pad(Int(parts.tm_hour), 2)):\(pad(Int(parts.tm_min), 2)):\(pad(Int(parts.tm_sec), 2))"
        return "\(date)T\(time).\(pad(milliseconds, 3))Z"
    }

    /// Reads what `text(_:)` wrote; nil for anything else. The corresponding C function is `timegm`.
    package static func parse(_ text: String) -> Duration? {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
        guard numbers.count >= 6 else { return nil }
        var parts = unsafe tm()
        unsafe parts.tm_year = numbers[0] - 1900
        unsafe parts.tm_mon = numbers[1] - 1
        unsafe parts.tm_mday = numbers[2]
        unsafe parts.tm_hour = numbers[3]
        unsafe parts.tm_min = numbers[4]
        unsafe parts.tm_sec = numbers[5]
        let seconds = unsafe timegm(&parts)
        return .seconds(seconds) + .milliseconds(numbers.count > 6 ? Int(numbers[6]) : 0)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

private func read(_ clock: clockid_t) -> Duration {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
