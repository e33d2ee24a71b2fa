/// The times at which a job is due: five fields as in crontab(5), or a name for five.
package struct Schedule: Equatable, Sendable {
    /// As it was written.
    package let text: String
    // A bit for each value; days and months have theirs from 1 on.
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    let weekdays: UInt64
    /// The field of days begins with a star: then the weekdays decide, and the other way round. If neither does, a day that
    /// one of them names is enough.
    let hasAnyDay: Bool
    let hasAnyWeekday: Bool
    /// The field of minutes or of hours begins with a star: it goes by what passes, not by what the clock shows.
    ///
    /// A job of this kind is due at each moment that it names, twice when the clock is put back and not at all in what is
    /// left out; any other one is due once for each time that it names: cron(8).
    package let isFrequent: Bool

    /// So many days ahead a time is looked for: between two leap days lie eight years at most.
    private static let horizon = 366 * 9

    /// The next moment at which it is due; nil: never, as far as one can see.
    ///
    /// - Parameter moment: seconds since 1970-01-01 UTC, as what is returned.
    package func next(after moment: Int, in calendar: some LocalCalendar) -> Int? {
        let today = CivilTime.days(moment + calendar.offset(at: moment))
        for day in (today - 1)...(today + Self.horizon) where names(day) {
            if let found = moments(on: day, in: calendar).first(where: { $0 > moment }) { return found }
        }
        return nil
    }

    /// The last moment at which it was due, of those after `earliest`; nil: there was none.
    package func last(after earliest: Int, until moment: Int, in calendar: some LocalCalendar) -> Int? {
        guard let first = next(after: earliest, in: calendar), first <= moment else { return nil }
        // (Years may lie between the two, and each minute in them: from near to far.)
        var span = 60
        while moment - span > earliest {
            if let near = next(after: moment - span, in: calendar), near <= moment {
                return advance(near, to: moment, in: calendar)
            }
            span *= 2
        }
        return advance(first, to: moment, in: calendar)
    }

    private func advance(_ first: Int, to moment: Int, in calendar: some LocalCalendar) -> Int {
        var last = first
        while let next = next(after: last, in: calendar), next <= moment { last = next }
        return last
    }

    private func names(_ day: Int) -> Bool {
        let date = CivilTime(seconds: day * CivilTime.day)
        guard months.has(date.month) else { return false }
        let (isDay, isWeekday) = (days.has(date.day), weekdays.has(date.weekday))
        return hasAnyDay || hasAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    private func moments(on day: Int, in calendar: some LocalCalendar) -> [Int] {
        var moments: [Int] = []
        let midnight = day * CivilTime.day
        // Mostly the clock is not changed from the day before to the day after.
        let (before, after) = (
            calendar.offset(at: midnight - CivilTime.day), calendar.offset(at: midnight + 2 * CivilTime.day)
        )
        for hour in 0..<24 where hours.has(hour) {
            for minute in 0..<60 where minutes.has(minute) {
                let local = midnight + hour * 3600 + minute * 60
                if before == after {
                    moments.append(local - before)
                } else if isFrequent {
                    moments += calendar.all(local)
                } else {
                    moments.append(calendar.first(local))
                }
            }
        }
        return moments.sorted()
    }
}

extension UInt64 {
    /// True if the bit of this number is set.
    func has(_ bit: Int) -> Bool { self >> UInt64(bit) & 1 == 1 }
}
