import DeployCore
import Linux
import Supervisor
import TestSupport
import Testing

@testable import deployd

@Suite("Which lines of logs are shown")
struct LogFilterTests {
    private struct Berlin: LocalCalendar {
        func offset(at moment: Int) -> Int { 3600 }
    }

    @Test(
        "A moment is typed in several ways",
        arguments: [
            // 2026-12-01 14:30 in Berlin is the present.
            ("10m", "2026-12-01T13:20:00"), ("1h30m", "2026-12-01T12:00:00"), ("14:00", "2026-12-01T13:00:00"),
            ("14:00:30", "2026-12-01T13:00:30"), ("2026-11-30", "2026-11-29T23:00:00"),
            ("2026-11-30 08:15", "2026-11-30T07:15:00"), ("2026-11-30T08:15:00Z", "2026-11-30T08:15:00"),
            ("13:00Z", "2026-12-01T13:00:00"),
        ])
    func moments(text: String, expected: String) throws {
        let now = try #require(WallClock.parse("2026-12-01T13:30:00"))
        let found = SinceText.moment(text, now: Int(now.components.seconds), in: Berlin())
        #expect(found.map { WallClock.text(.seconds($0)) } == "\(expected).000Z")
    }

    @Test(
        "What is no moment is none",
        arguments: [
            "", "yesterday", "25:00", "14", "14:60", "2026-13-01", "2026-11-31", "2026-12-01 x", "1 2 3", "Z", "10",
        ])
    func noMoment(text: String) {
        #expect(SinceText.moment(text, now: 1_796_083_200, in: Berlin()) == nil)
    }

    @Test("A line is shown if it has the text, with its kind before it, or as an object")
    func lines() throws {
        let name = LogName(GenerationNumber(rawValue: 7), "queue")
        #expect(LogFilter(text: "bc").line("abcd", of: name, label: nil) == "abcd")
        #expect(LogFilter(text: "BC").line("abcd", of: name, label: nil) == nil)
        #expect(LogFilter().line("a", of: name, label: "queue | ") == "queue | a")
        #expect(
            LogFilter(isJSON: true).line("a \"b\"", of: name, label: "queue | ")
                == #"{"generation":7,"line":"a \"b\"","process":"queue"}"#)
    }

    @Test("Lines are read from the one on that stands at a place, and more behind them")
    func fromAPlace() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("7.log", "first\nsecond\nthird\n")
        for (start, expected) in [
            (0, "first\nsecond\nthird\n"), (6, "second\nthird\n"), (8, "second\nthird\n"), (99, ""),
        ] {
            var log = try LogFile(path)
            #expect(String(decoding: try log.lines(from: start), as: UTF8.self) == expected)
            #expect(try log.more() == [])
        }
        var log = try LogFile(path)
        _ = try log.lines(from: 13)
        try Files.openForAppending(path).writeAll(Array("fourth\n".utf8))
        #expect(String(decoding: try log.more(), as: UTF8.self) == "fourth\n")
    }
}
