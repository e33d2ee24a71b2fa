import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("History")
struct HistoryTests {
    static func record(
        _ id: Int, to: String, verb: String = "deploy", outcome: HistoryOutcome = .committed
    ) -> HistoryRecord {
        HistoryRecord(
            id: id, time: "2026-01-02T03:04:05.678Z", who: HistoryRecord.Who(user: "root", uid: 0, pid: 7), verb: verb,
            from: id == 1 ? nil : "/r/v1", to: to, generation: id, outcome: outcome,
            reason: outcome == .committed ? "" : "because", steps: [.init(name: "ready", milliseconds: 12.5)])
    }

    /// A history of commits, each `to` or `verb:to` or `to!` for one that failed.
    static func history(_ deploys: [String]) -> History {
        let records = deploys.enumerated().map { index, text in
            let failed = text.hasSuffix("!")
            let parts = text.split(separator: ":").map(String.init)
            let name = (parts.last ?? "").filter { $0 != "!" }
            return record(
                index + 1, to: "/r/" + name, verb: parts.count == 2 ? parts[0] : "deploy",
                outcome: failed ? .failed : .committed)
        }
        return History(path: "/none", content: records.flatMap(History.line))
    }

    @Test("What was appended is read again, in order")
    func keepsRecords() throws {
        let scratch = try TemporaryDirectory()
        var history = try History.load(stateDirectory: scratch.path)
        #expect(history.records == [])
        #expect(history.nextID == 1)
        let records = [
            Self.record(1, to: "/r/v1", verb: "start"), Self.record(2, to: "/r/v2", outcome: .failed),
            Self.record(3, to: "/r/v ü\"\n", outcome: .rolledBack),
        ]
        for record in records { try history.append(record) }
        #expect(history.nextID == 4)
        let again = try History.load(stateDirectory: scratch.path)
        #expect(again == history)
        #expect(again.records == records)
        #expect(try Files.status(scratch.path("history.jsonl")).mode == 0o640)
    }

    @Test("A record is one line of JSON with its keys in order")
    func writesLines() {
        let line = String(decoding: History.line(Self.record(2, to: "/r/v2", outcome: .rolledBack)), as: UTF8.self)
        #expect(
            line
                == #"{"from":"/r/v1","generation":2,"id":2,"outcome":"rolled back","reason":"because","#
                + #""steps":[{"milliseconds":12.5,"name":"ready"}],"time":"2026-01-02T03:04:05.678Z","to":"/r/v2","#
                + #""verb":"deploy","who":{"pid":7,"uid":0,"user":"root"}}"# + "\n")
    }

    @Test("A last line that was torn anywhere does not harm the records before it")
    func readsBeforeTornLine() {
        let whole = History.line(Self.record(1, to: "/r/v1"))
        let torn = History.line(Self.record(2, to: "/r/v2"))
        for count in 0..<torn.count {
            let history = History(path: "/none", content: whole + torn[..<count])
            // All but the line's end is a whole record.
            let isWhole = count == torn.count - 1
            #expect(history.records.map(\.id) == (isWhole ? [1, 2] : [1]), "torn after \(count) bytes")
            #expect(history.unreadableLines == (isWhole || count == 0 ? 0 : 1))
        }
    }

    @Test("A record that follows a torn line stands on a line of its own", arguments: [0, 1, 100, 1000])
    func appendsAfterTornLine(bytes: Int) throws {
        let scratch = try TemporaryDirectory()
        let whole = History.line(Self.record(1, to: "/r/v1"))
        let torn = History.line(Self.record(2, to: "/r/v2")).dropLast().prefix(bytes)
        try Files.replace(scratch.path("history.jsonl"), with: whole + torn, mode: 0o600)
        var history = try History.load(stateDirectory: scratch.path)
        for id in [8, 9] { try history.append(Self.record(id, to: "/r/v\(id)")) }
        #expect(history.records.map(\.id) == (bytes == 1000 ? [1, 2, 8, 9] : [1, 8, 9]))
        #expect(try History.load(stateDirectory: scratch.path).records == history.records)
    }

    @Test("Words of a later version are kept, and a line that is no record is left alone")
    func readsForward() {
        let later = History.line(Self.record(1, to: "/r/v1", outcome: HistoryOutcome(rawValue: "paused")))
        let history = History(path: "/none", content: Array("{\"x\":1}\n".utf8) + later)
        #expect(history.records.map(\.outcome.rawValue) == ["paused"])
        #expect(history.unreadableLines == 1)
    }

    @Test("A failed append leaves the history as it was")
    func survivesFailedAppend() throws {
        let scratch = try TemporaryDirectory()
        var history = try History.load(stateDirectory: scratch.path("none"))
        #expect(throws: SystemError.self) { try history.append(Self.record(1, to: "/r/v1")) }
        #expect(history.records == [])
    }

    @Test(
        "A rollback goes to the release that was committed before, and the next one goes one further",
        arguments: [
            (["v1"], "v1", nil), (["v1", "v2"], "v2", "v1"), (["v1", "v2", "v3!"], "v2", "v1"),
            (["v1", "v2", "v2"], "v2", "v1"),
            (["v1", "v2", "restart:v2"], "v2", "v1"), (["v1", "v2", "v3", "rollback:v2"], "v2", "v1"),
            (["v1", "v2", "rollback:v1"], "v1", nil), (["v1", "v2", "rollback:v1", "v2"], "v2", "v1"),
            (["v1", "v2", "v1"], "v1", "v2"), (["v1", "v2", "rollback:v1!"], "v2", "v1"), ([], "v1", nil),
            (["start:v1", "v2", "v3", "v4", "rollback:v2"], "v2", "v1"), (["v1", "v2"], "v9", "v2"),
            (["v1", "v2", "rollback:v7"], "v7", "v2"),
        ] as [([String], String, String?)])
    func findsLastGood(deploys: [String], present: String, lastGood: String?) {
        #expect(Self.history(deploys).lastGood(before: "/r/" + present) == lastGood.map { "/r/" + $0 })
    }

    @Test("A release that is gone is passed over")
    func passesOverGoneReleases() {
        let history = Self.history(["v1", "v2", "v3"])
        #expect(history.lastGood(before: "/r/v3") { $0 != "/r/v2" } == "/r/v1")
    }

    @Test(
        "A history that has grown beyond its limit keeps its newer half, and one that an earlier version let grow is read"
    )
    func bounded() throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.path("history.jsonl")
        let line = History.line(Self.record(1, to: "/r/v1"))
        let count = History.maxBytes / line.count + 2
        let lines = (1...count).flatMap { History.line(Self.record($0, to: "/r/v1")) }
        try Files.create(path).writeAll(lines)
        var history = try History.load(stateDirectory: scratch.path)
        #expect(history.records.last?.id == count)
        try history.append(Self.record(count + 1, to: "/r/v2"))
        #expect(try Files.status(path).size <= History.maxBytes / 2)
        #expect(history.nextID == count + 2)
        #expect(history.committedReleases == ["/r/v1", "/r/v2"])
        #expect(try History.load(stateDirectory: scratch.path) == history)
    }

    @Test("A history of more than a file's read limit is read from its end, and is small after the next record")
    func outgrown() throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.path("history.jsonl")
        // (What an earlier version let grow: here most of it is a hole, which ends in the middle of a line.)
        try Files.create(path).truncate(to: 80 << 20)
        let lines = [1, 2].flatMap { History.line(Self.record($0, to: "/r/v\($0)")) }
        try Files.append(path, [UInt8(ascii: "\n")] + lines, mode: 0o640)
        var history = try History.load(stateDirectory: scratch.path)
        #expect(history.committedReleases == ["/r/v1", "/r/v2"])
        #expect(history.nextID == 3)
        try history.append(Self.record(3, to: "/r/v3"))
        #expect(try Files.status(path).size < 1 << 16)
        #expect(try History.load(stateDirectory: scratch.path).committedReleases == ["/r/v1", "/r/v2", "/r/v3"])
    }
}
