import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("When what is in a log was written")
struct LogTimesTests {
    private let directory: TemporaryDirectory
    private var log: String { directory.path("logs/7.log") }

    init() throws { directory = try TemporaryDirectory() }

    @Test("What was written after a moment begins where the log ended then, for the next one who looks too")
    func start() {
        var times = LogTimes(ofLog: log)
        #expect(times.start(after: 5) == nil)
        for (length, moment) in [(0, 10), (100, 20), (100, 25), (300, 30)] { times.note(length, at: moment) }
        for times in [times, LogTimes(ofLog: log)] {
            for (moment, expected) in [(5, 0), (10, 0), (19, 0), (20, 100), (29, 100), (30, 300), (99, 300)] {
                #expect(times.start(after: moment) == expected, "\(moment)")
            }
        }
    }

    @Test("Of several looks in a second the last one counts")
    func sameSecond() {
        var times = LogTimes(ofLog: log)
        for (length, moment) in [(10, 10), (20, 10), (30, 11)] { times.note(length, at: moment) }
        #expect(times.start(after: 10) == 20)
    }

    @Test("Bytes that are cut off the front, and a log that is emptied, move what is known")
    func cut() {
        var times = LogTimes(ofLog: log)
        for (length, moment) in [(0, 10), (100, 20), (200, 30), (300, 40)] { times.note(length, at: moment) }
        times.cut(150)
        #expect(times.entries.map(\.length) == [0, 50, 150])
        #expect(LogTimes(ofLog: log).start(after: 30) == 50)
        #expect(LogTimes(ofLog: log).start(after: 25) == 0)
        times.note(7, at: 50)
        #expect(times.entries == [LogTimes.Entry(moment: 50, length: 7)])
    }

    @Test("However long a log is written to, its times stay few")
    func bounded() throws {
        var times = LogTimes(ofLog: log)
        for moment in 1...10_000 { times.note(moment * 10, at: moment) }
        #expect(times.entries.count <= LogTimes.most)
        #expect(times.start(after: 9_999) == 99_990)
        #expect(LogTimes(ofLog: log).entries == times.entries)
    }

    @Test("A file that makes no sense is none")
    func broken() throws {
        try directory.write("log-times/7.log", "x y\n1\n\n10 20\n")
        #expect(LogTimes(ofLog: log).entries == [LogTimes.Entry(moment: 10, length: 20)])
    }
}
