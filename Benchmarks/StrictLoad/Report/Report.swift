/// How a run went.
package struct Report {
    package let plan: LoadPlan
    package let record: RunRecord
    /// From the start to the last answer.
    package let elapsed: Nanoseconds
    /// True when requests under way were given up, so that the counts do not add up.
    package let wasAborted: Bool

    /// Gathers what is reported.
    package init(plan: LoadPlan, record: RunRecord, elapsed: Nanoseconds, wasAborted: Bool) {
        self.plan = plan
        self.record = record
        self.elapsed = elapsed
        self.wasAborted = wasAborted
    }

    /// Whether every user got the answer: the exit code is 0.
    package var isPerfect: Bool { record.tally.isPerfect && !wasAborted }

    /// Good answers a second.
    package var answersPerSecond: Double {
        elapsed > 0 ? Double(record.tally.answered) * 1e9 / Double(elapsed) : 0
    }

    /// The percentiles that are reported: name and permille.
    static let percentiles: [(name: String, permille: UInt64)] = [
        ("p50", 500), ("p90", 900), ("p99", 990), ("p999", 999),
    ]
}
