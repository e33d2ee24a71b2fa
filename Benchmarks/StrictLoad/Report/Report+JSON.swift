extension Report {
    /// The report as one JSON object on one line. Times are nanoseconds, since the start of the run where they are
    /// moments.
    package var json: String {
        let tally = record.tally
        let counts: [(key: String, value: String)] = [
            ("requests", "\(tally.requests)"), ("answered", "\(tally.answered)"), ("failed", "\(tally.failed)"),
            ("connections", "\(tally.connections)"), ("serverSaidClose", "\(tally.serverSaidClose)"),
            ("resetAfterAnswer", "\(tally.resetAfterAnswer)"), ("leftOpen", "\(tally.leftOpen)"),
            ("allowedIdleCloses", "\(tally.allowedIdleCloses)"), ("bytesReceived", "\(tally.bytesReceived)"),
        ]
        let about: [(key: String, value: String)] = [
            ("address", JSONText.string("\(plan.address)")), ("path", JSONText.string(plan.path)),
            ("mode", JSONText.string(plan.mode.rawValue)), ("clients", "\(plan.connections)"),
            ("elapsed", "\(elapsed)"), ("aborted", "\(wasAborted)"), ("perfect", "\(isPerfect)"),
            ("answersPerSecond", "\(Int(answersPerSecond))"),
        ]
        let parts: [(key: String, value: String)] = [
            ("failures", JSONText.object(FailureKind.allCases.map { ($0.key, "\(tally[$0])") })),
            ("latency", latencyJSON),
            ("longestGap", JSONText.object([("length", "\(tally.gaps.longest)"), ("at", "\(tally.gaps.beganAt)")])),
            ("versions", versionsJSON), ("samples", JSONText.array(record.samples.map(Self.sampleJSON))),
        ]
        return JSONText.object(about + counts + parts) + "\n"
    }

    private var latencyJSON: String {
        let latency = record.tally.latency
        let percentiles = Self.percentiles.map { ($0.name, "\(latency.percentile(permille: $0.permille))") }
        return JSONText.object(percentiles + [("max", "\(latency.maximum)")])
    }

    private var versionsJSON: String {
        JSONText.object([
            ("epochs", JSONText.array(record.versions.epochs.map(Self.stretchJSON))),
            ("completions", JSONText.array(record.versions.completions.map(Self.stretchJSON))),
            ("cut", "\(record.versions.isCut)"),
        ])
    }

    private static func stretchJSON(_ stretch: VersionTimeline.Stretch) -> String {
        JSONText.object([
            ("version", JSONText.string(stretch.version)), ("first", "\(stretch.first)"), ("last", "\(stretch.last)"),
            ("count", "\(stretch.count)"),
        ])
    }

    private static func sampleJSON(_ sample: FailureSample) -> String {
        JSONText.object([
            ("time", "\(sample.time)"), ("kind", JSONText.string(sample.kind.key)),
            ("client", "\(sample.connection)"), ("request", "\(sample.request)"),
            ("detail", JSONText.string(sample.detail)),
        ])
    }
}
