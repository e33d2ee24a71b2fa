/// What a run found out so far.
package struct RunRecord {
    package var tally = Tally()
    package var versions = VersionTimeline()
    /// The first failures of each kind, in their order.
    package private(set) var samples: [FailureSample] = []

    package init() {}

    /// Counts a failure, and keeps it when it is among the first of its kind. `time` is since the start of the run.
    package mutating func fail(_ kind: FailureKind, connection: Int, request: Int, at time: Nanoseconds, detail: String)
    {
        tally[kind] += 1
        guard tally[kind] <= FailureSample.maxPerKind else { return }
        samples.append(
            FailureSample(time: time, kind: kind, connection: connection, request: request, detail: detail))
    }

    /// Counts a good answer. `time` is since the start of the run.
    package mutating func succeed(latency: Nanoseconds, at time: Nanoseconds) {
        tally.answered += 1
        tally.latency.record(latency)
        tally.gaps.answered(at: time)
    }

    /// Counts what is no failure.
    package mutating func count(_ note: ConnectionScript.Note) {
        switch note {
        case .serverSaidClose: tally.serverSaidClose += 1
        case .resetAfterAnswer: tally.resetAfterAnswer += 1
        case .leftOpen: tally.leftOpen += 1
        case .idleCloseAllowed: tally.allowedIdleCloses += 1
        }
    }
}
