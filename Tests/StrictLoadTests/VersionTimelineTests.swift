import Testing

@testable import StrictLoad

@Suite struct VersionTimelineTests {
    private typealias Connection = VersionTimeline.Connection

    /// Notes an answer on a connection of its own and says whether it went back.
    private func note(
        _ timeline: inout VersionTimeline, _ body: String, opened: Nanoseconds, completed: Nanoseconds
    ) -> Bool {
        var connection = Connection(opened: opened)
        return timeline.note(body: Array(body.utf8).span, completed: completed, on: &connection)
    }

    @Test func oneStretchIsKeptForEqualAnswers() {
        var timeline = VersionTimeline()
        for time in 1...5 {
            #expect(!note(&timeline, "v1\n", opened: Nanoseconds(time) - 1, completed: Nanoseconds(time)))
        }
        #expect(timeline.completions.map(\.count) == [5])
        #expect(timeline.epochs.map(\.version) == ["v1"])
        #expect(timeline.epochs.map(\.last) == [5])
    }

    @Test func anAnswerThatWasAskedBeforeTheCutOverIsLateAndNotBack() {
        var timeline = VersionTimeline()
        _ = note(&timeline, "v1\n", opened: 0, completed: 1)
        _ = note(&timeline, "v2\n", opened: 4, completed: 5)
        #expect(!note(&timeline, "v1\n", opened: 3, completed: 6))
        _ = note(&timeline, "v2\n", opened: 7, completed: 8)
        #expect(timeline.epochs.map(\.version) == ["v1", "v2"])
        #expect(timeline.completions.map(\.version) == ["v1", "v2", "v1", "v2"])
    }

    @Test func anAnswerThatWasAskedAfterTheCutOverIsBack() {
        var timeline = VersionTimeline()
        _ = note(&timeline, "v1\n", opened: 0, completed: 1)
        _ = note(&timeline, "v2\n", opened: 4, completed: 5)
        #expect(note(&timeline, "v1\n", opened: 6, completed: 7))
        #expect(timeline.epochs.map(\.version) == ["v1", "v2", "v1"])
    }

    @Test func aKeptConnectionThatSawTheNewVersionMayNotSeeTheOldOne() {
        var timeline = VersionTimeline()
        var kept = Connection(opened: 0)
        let bodies = ["v1", "v2", "v1"].map { Array($0.utf8) }
        var back: [Bool] = []
        for (time, body) in bodies.enumerated() {
            back.append(timeline.note(body: body.span, completed: Nanoseconds(time), on: &kept))
        }
        #expect(back == [false, false, true])
        #expect(timeline.epochs.count == 3)
    }

    @Test func aKeptConnectionThatStayedWithTheOldVersionIsNotBack() {
        var timeline = VersionTimeline()
        var kept = Connection(opened: 0)
        let old = Array("v1".utf8)
        _ = timeline.note(body: old.span, completed: 1, on: &kept)
        _ = note(&timeline, "v2", opened: 2, completed: 3)
        #expect(!timeline.note(body: old.span, completed: 4, on: &kept))
        #expect(timeline.epochs.map(\.version) == ["v1", "v2"])
    }

    @Test func longAndEmptyBodiesAreNoVersions() {
        var timeline = VersionTimeline()
        #expect(!note(&timeline, String(repeating: "x", count: 65), opened: 0, completed: 1))
        #expect(!note(&timeline, "\n", opened: 0, completed: 1))
        #expect(timeline.epochs.isEmpty)
    }

    @Test func bodiesThatAllDifferDoNotFillTheMemory() {
        var timeline = VersionTimeline()
        for number in 0..<1_000 {
            _ = note(&timeline, "\(number)", opened: Nanoseconds(number), completed: Nanoseconds(number))
        }
        #expect(timeline.completions.count == 64)
    }

    @Test func theListsAreBounded() {
        var timeline = VersionTimeline()
        for number in 0..<(VersionTimeline.maxStretches + 10) {
            _ = note(
                &timeline, number % 2 == 0 ? "a" : "b", opened: Nanoseconds(number) * 2,
                completed: Nanoseconds(number) * 2 + 1)
        }
        #expect(timeline.epochs.count == VersionTimeline.maxStretches)
        #expect(timeline.isCut)
    }
}
