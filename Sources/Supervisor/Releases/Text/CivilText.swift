package import DeployCore
internal import Linux

/// The time zone of this process, as the C library has it.
package struct SystemCalendar: LocalCalendar {
    package init() {}

    package func offset(at moment: Int) -> Int { LocalTime.offset(at: moment) }
}

/// Moments as people of this machine read them, by its own clock.
package enum CivilText {
    /// "Wed 2 Dec 2026 02:30 +01:00", in the zone of this process.
    ///
    /// - Parameter moment: seconds since 1970-01-01 UTC.
    package static func moment(_ moment: Int) -> String {
        let time = SystemCalendar().local(at: moment)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(weekdays[time.weekday]) \(time.day) \(months[time.month - 1]) \(time.year)"
        return "\(day) \(two(time.hour)):\(two(time.minute)) \(offset(at: moment))"
    }

    /// The same of RFC 3339; what is none stays as it is.
    package static func moment(_ text: String) -> String {
        WallClock.parse(text).map { moment(Int($0.components.seconds)) } ?? text
    }

    /// The next times of a schedule: "next: Wed 2 Dec 2026 02:30 +01:00, then Thu 3 Dec 2026 02:30 +01:00".
    package static func next(_ schedule: Schedule) -> String {
        let texts = moments(schedule, 3).map(moment)
        guard let first = texts.first else { return "never" }
        return (["next: \(first)"] + texts.dropFirst().map { "then \($0)" }).joined(separator: ", ")
    }

    /// The next moments of a schedule, so many at most, in seconds since 1970-01-01 UTC.
    package static func moments(_ schedule: Schedule, _ count: Int) -> [Int] {
        LocalTime.update()
        var moments: [Int] = []
        var last = Int(WallClock.now().components.seconds)
        while moments.count < count, let next = schedule.next(after: last, in: SystemCalendar()) {
            moments.append(next)
            last = next
        }
        return moments
    }

    /// "+01:00".
    private static func offset(at moment: Int) -> String {
        let minutes = SystemCalendar().offset(at: moment) / 60
        return "\(minutes < 0 ? "-" : "+")\(two(abs(minutes) / 60)):\(two(abs(minutes) % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
