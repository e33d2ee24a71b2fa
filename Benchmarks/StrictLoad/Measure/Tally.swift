/// Everything that is counted over a run.
package struct Tally {
    /// Requests whose sending began, or whose connection was tried for.
    package var requests = 0
    /// Answers that were complete and as expected.
    package var answered = 0
    /// Connections that were established.
    package var connections = 0
    /// Answers after which the server announced that it would close: allowed, the next request connects anew.
    package var serverSaidClose = 0
    /// Connections reset by the server after its whole answer: a user sees nothing of it.
    package var resetAfterAnswer = 0
    /// Connections that the server had announced to close, or was asked to, and left open for a second.
    package var leftOpen = 0
    /// Idle connections closed by the server, where the plan allows it.
    package var allowedIdleCloses = 0
    /// Bytes received.
    package var bytesReceived = 0
    /// Latencies of the answers in `answered`.
    package var latency = LatencyHistogram()
    /// Times between two answers in `answered`.
    package var gaps = GapRecord()

    private var failureCounts = [Int](repeating: 0, count: FailureKind.allCases.count)

    package init() {}

    /// How often `kind` happened.
    package subscript(kind: FailureKind) -> Int {
        get { failureCounts[kind.rawValue] }
        set { failureCounts[kind.rawValue] = newValue }
    }

    /// Failures of every kind.
    package var failed: Int { failureCounts.reduce(0, +) }

    /// True when a user would have noticed nothing, and there was something to notice: at least one answer.
    package var isPerfect: Bool { failed == 0 && answered > 0 }
}
