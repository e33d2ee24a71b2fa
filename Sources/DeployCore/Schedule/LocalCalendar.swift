/// The distance of local time from UTC, moment by moment: all that a schedule needs to know of a time zone.
package protocol LocalCalendar {
    /// In seconds; east is positive.
    ///
    /// - Parameter moment: seconds since 1970-01-01 UTC.
    func offset(at moment: Int) -> Int
}

extension LocalCalendar {
    /// The time that the clock on the wall shows.
    package func local(at moment: Int) -> CivilTime { CivilTime(seconds: moment + offset(at: moment)) }

    /// The moment at which the clock shows a local time, or was put past it: the first moment of two when it was put back in between, and
    /// the moment of the change when it was put forward over it.
    ///
    /// - Parameter local: seconds since 1970-01-01, as the local clock counts them.
    package func first(_ local: Int) -> Int {
        let found = all(local)
        if let first = found.first { return first }
        // It never showed that: the change lies between the two moments at which it would have.
        let (before, after) = offsets(around: local)
        guard before != after else { return local - before }
        var (low, high) = (local - max(before, after), local - min(before, after))
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }

    /// All moments at which the clock shows a local time, in order: none, one or two.
    func all(_ local: Int) -> [Int] {
        let (before, after) = offsets(around: local)
        let candidates = before == after ? [local - before] : [local - max(before, after), local - min(before, after)]
        return candidates.filter { offset(at: $0) == local - $0 }
    }

    /// A day before and a day after, so that a change near by lies between them.
    private func offsets(around local: Int) -> (before: Int, after: Int) {
        (offset(at: local - CivilTime.day), offset(at: local + CivilTime.day))
    }
}

/// A local date and time, in the calendar of Gregory.
package struct CivilTime: Equatable, Sendable {
    package let year: Int
    /// From 1.
    package let month: Int
    /// From 1.
    package let day: Int
    package let hour: Int
    package let minute: Int
    /// From Sunday, which is 0.
    package let weekday: Int

    /// Seconds of a day without a change of the clock.
    static let day = 86400

    /// The time so many seconds after 1970-01-01 00:00.
    ///
    /// Source: the algorithm `civil_from_days` of Howard Hinnant, whose years begin in March.
    package init(seconds: Int) {
        let days = Self.days(seconds)
        let rest = seconds - days * Self.day
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        weekday = ((days + 4) % 7 + 7) % 7
    }

    /// Whole days since 1970-01-01.
    static func days(_ seconds: Int) -> Int { (seconds >= 0 ? seconds : seconds - day + 1) / day }
}
