import Testing

@testable import DeployCore

/// Europe/Berlin in 2026 and 2027: summer time from the last Sunday of March to that of October, changed at 01:00 UTC.
private struct Berlin: LocalCalendar {
    private static let summers = [
        seconds("2026-03-29 01:00")..<seconds("2026-10-25 01:00"),
        seconds("2027-03-28 01:00")..<seconds("2027-10-31 01:00"),
    ]

    func offset(at moment: Int) -> Int { Self.summers.contains { $0.contains(moment) } ? 7200 : 3600 }
}

private struct UTC: LocalCalendar {
    func offset(at moment: Int) -> Int { 0 }
}

/// "2026-03-29 01:00" as seconds since 1970, without a time zone.
private func seconds(_ text: String) -> Int {
    let numbers = text.split { "- :".contains($0) }.compactMap { Int($0) }
    let (year, month) = (numbers[1] <= 2 ? numbers[0] - 1 : numbers[0], (numbers[1] + 9) % 12)
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + numbers[2] - 1 - 719_468
    return days * 86400 + numbers[3] * 3600 + numbers[4] * 60
}

private func text(_ moment: Int) -> String {
    let time = CivilTime(seconds: moment)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
}

private func dues(_ schedule: String, after: String, _ count: Int, in calendar: some LocalCalendar) throws -> [String] {
    let schedule = try Schedule(parsing: schedule)
    var moment = seconds(after)
    return (0..<count).compactMap { _ in
        guard let next = schedule.next(after: moment, in: calendar) else { return nil }
        moment = next
        return text(next)
    }
}

@Suite("Schedules")
struct ScheduleTests {
    @Test(
        "The times that follow are those that cron would have",
        arguments: [
            ("*/15 * * * *", "2026-12-01 14:50", ["2026-12-01 15:00", "2026-12-01 15:15"]),
            ("* * * * *", "2026-12-31 23:59", ["2027-01-01 00:00", "2027-01-01 00:01"]),
            ("30 2 * * *", "2026-12-01 02:30", ["2026-12-02 02:30", "2026-12-03 02:30"]),
            ("0 0 29 2 *", "2026-12-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
            ("0 0 29 2 *", "2096-02-29 00:00", ["2104-02-29 00:00"]),
            ("0 0 31 * *", "2026-01-31 00:00", ["2026-03-31 00:00", "2026-05-31 00:00"]),
            ("0 12 * * mon-fri", "2026-12-04 12:00", ["2026-12-07 12:00", "2026-12-08 12:00"]),
            ("0 12 * * 7", "2026-12-01 00:00", ["2026-12-06 12:00", "2026-12-13 12:00"]),
            ("0 12 * * 5-7", "2026-12-01 00:00", ["2026-12-04 12:00", "2026-12-05 12:00", "2026-12-06 12:00"]),
            ("0 0 13 * FRI", "2026-12-01 00:00", ["2026-12-04 00:00", "2026-12-11 00:00", "2026-12-13 00:00"]),
            ("0 0 */2 * mon", "2026-12-01 00:00", ["2026-12-07 00:00", "2026-12-21 00:00"]),
            (
                "5,10 0-6/3 1 jan,jul *", "2026-12-01 00:00",
                ["2027-01-01 00:05", "2027-01-01 00:10", "2027-01-01 03:05"]
            ),
            ("@hourly", "2026-12-01 14:50", ["2026-12-01 15:00"]),
            ("@weekly", "2026-12-01 00:00", ["2026-12-06 00:00"]),
            ("@yearly", "2026-12-01 00:00", ["2027-01-01 00:00"]),
            ("@monthly", "2026-12-01 00:00", ["2027-01-01 00:00"]),
        ])
    func next(schedule: String, after: String, expected: [String]) throws {
        #expect(try dues(schedule, after: after, expected.count, in: UTC()) == expected)
    }

    @Test(
        "When the clock is put forward or back a fixed time comes once, and a frequent one as it passes",
        arguments: [
            // Forward, 02:00 to 03:00 at 01:00 UTC.
            ("30 2 * * *", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:30"]),
            ("0,30 2 * * *", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-29 01:00", "2026-03-30 00:00"]),
            ("0 * * * *", "2026-03-28 23:30", ["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00"]),
            ("*/30 2 * * *", "2026-03-28 12:00", ["2026-03-30 00:00", "2026-03-30 00:30"]),
            // Back, 03:00 to 02:00 at 01:00 UTC.
            ("30 2 * * *", "2026-10-24 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"]),
            ("0 * * * *", "2026-10-24 23:30", ["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00"]),
            (
                "*/30 2 * * *", "2026-10-24 12:00",
                ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30", "2026-10-26 01:00"]
            ),
        ])
    func summerTime(schedule: String, after: String, expected: [String]) throws {
        // (Two times that the clock leaves out are one moment.)
        let wanted = expected.reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        #expect(try dues(schedule, after: after, wanted.count, in: Berlin()) == wanted)
    }

    @Test(
        "The last time is found however far it lies back",
        arguments: [
            ("* * * * *", "2020-01-01 00:00", "2026-12-01 14:50", "2026-12-01 14:50"),
            ("0 3 * * *", "2026-11-01 00:00", "2026-12-01 02:59", "2026-11-30 03:00"),
            ("0 0 29 2 *", "2020-01-01 00:00", "2026-12-01 00:00", "2024-02-29 00:00"),
        ])
    func last(schedule: String, earliest: String, until: String, expected: String) throws {
        let found = try Schedule(parsing: schedule).last(after: seconds(earliest), until: seconds(until), in: UTC())
        #expect(found.map(text) == expected)
    }

    @Test("What was not due has no last time")
    func noLast() throws {
        let schedule = try Schedule(parsing: "0 3 * * *")
        let (earliest, until) = (seconds("2026-12-01 03:00"), seconds("2026-12-02 02:59"))
        #expect(schedule.last(after: earliest, until: until, in: UTC()) == nil)
    }

    @Test(
        "What is no schedule, or never comes, is refused in words",
        arguments: [
            ("0 0 30 2 *", "a day that no month of it has", "a date that comes"),
            ("0 0 31 4,6,9,11 *", "a day that no month of it has", "a date that comes"),
            ("60 * * * *", "\"60\" as the minute", "numbers from 0 to 59"),
            ("0 24 * * *", "\"24\" as the hour", "numbers from 0 to 23"), ("0 0 0 * *", "\"0\" as the day", "1 to 31"),
            ("0 0 * foo *", "\"foo\" as the month", "jan to dec"),
            ("0 0 * * fri-mon", "\"fri-mon\" as the weekday", "lower"),
            ("*/0 * * * *", "\"*/0\" as the minute", "a step"), ("5/10 * * * *", "\"5/10\" as the minute", "a step"),
            ("0 0 * * * *", "6 fields", "no seconds"), ("0 0 * *", "4 fields", "five fields"), ("", "0 fields", "five"),
            ("@reboot", "\"@reboot\"", "@hourly"), ("1,,2 * * * *", "\"\" as the minute", "numbers"),
            ("-1 * * * *", "\"-1\" as the minute", "numbers"), ("0 0 ? * *", "\"?\" as the day", "numbers"),
            ("0 0 L * *", "\"L\" as the day", "numbers"),
        ])
    func mistakes(schedule: String, found: String, expected: String) {
        let mistake = #expect(throws: ScheduleMistake.self) { try Schedule(parsing: schedule) }
        #expect(mistake?.found.contains(found) == true, "\(String(describing: mistake))")
        #expect(mistake?.expected.contains(expected) == true, "\(String(describing: mistake))")
    }

    @Test("A text longer than any that a person writes is refused, and not repeated")
    func long() {
        let text = Array(repeating: "*/1", count: 60_000).joined(separator: ",") + " * * * *"
        let mistake = #expect(throws: ScheduleMistake.self) { try Schedule(parsing: text) }
        #expect(mistake?.found == "a schedule of 240,007 bytes")
        #expect((mistake?.expected.utf8.count ?? 0) < 256)
    }

    @Test("Days are counted as the calendar has them")
    func civil() {
        for (moment, expected) in [
            (0, "1970-01-01 00:00"), (-60, "1969-12-31 23:59"), (951_782_400, "2000-02-29 00:00"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            #expect(text(moment) == expected)
            #expect(seconds(expected) == moment)
        }
        #expect(CivilTime(seconds: seconds("2026-12-01 00:00")).weekday == 2)
    }
}
