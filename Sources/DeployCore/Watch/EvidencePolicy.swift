/// What counts as evidence against a new generation while it is watched. Nil in a limit: that is not looked at.
///
/// Worker exits always count; they need no limit.
package struct EvidencePolicy: Equatable, Codable, Sendable {
    /// From one look at the counters to the next.
    package var interval: Duration = .milliseconds(50)
    /// Server errors are judged over all answers since the cut-over, and over those of so long.
    package var window: Duration = .seconds(1)
    /// The share of 5xx answers.
    package var errors: ErrorLimit? = ErrorLimit()
    /// How long answers take.
    package var latency: LatencyLimit? = LatencyLimit()
    /// The accept queue.
    package var queue: QueueLimit? = QueueLimit()
    /// So long without an accept while connections wait, or without an answer while `stuckRequests` are in flight.
    package var hang: Duration? = .seconds(3)
    /// See `hang`.
    package var stuckRequests = 5
    /// The probe, which goes on.
    package var probes: WatchProbes? = WatchProbes()
    /// The release's own test; nil: it has none.
    package var test: WatchTest?

    package init() {}

    /// Only exits count.
    package static let exitsOnly: EvidencePolicy = {
        var policy = EvidencePolicy()
        policy.errors = nil
        policy.latency = nil
        policy.queue = nil
        policy.hang = nil
        policy.probes = nil
        return policy
    }()

    /// Whether the counters have to be looked at.
    var looks: Bool { errors != nil || latency != nil || queue != nil || hang != nil }
}

/// How many 5xx answers are too many.
package struct ErrorLimit: Equatable, Codable, Sendable {
    /// So much more than the old generation's own share, in percentage points.
    package var points = 2.0
    /// With fewer answers nothing is decided.
    package var answers = 20
    /// With fewer 5xx nothing is decided.
    package var count = 5

    package init() {}
}

/// When answers take too long: their 95th percentile is above both limits.
package struct LatencyLimit: Equatable, Codable, Sendable {
    /// So many times the old generation's.
    package var factor = 5
    /// Faster than this is never too slow.
    package var above: Duration = .milliseconds(500)
    /// With fewer answers of either generation nothing is decided.
    package var answers = 100

    package init() {}
}

/// When an accept queue is too long.
package struct QueueLimit: Equatable, Codable, Sendable {
    /// So many connections wait at every look, and the queue has not become shorter …
    package var length = 64
    /// … for so long.
    package var lasting: Duration = .seconds(1)

    package init() {}
}

/// The health probe while a generation is watched.
package struct WatchProbes: Equatable, Codable, Sendable {
    /// From one answer to the next probe.
    package var interval: Duration = .milliseconds(500)
    /// So many failures in a row decide.
    package var count = 3

    package init() {}
}

/// The release's own test while a generation is watched. What it runs is no matter of the machine.
package struct WatchTest: Equatable, Codable, Sendable {
    /// From one end to the next beginning. The first begins with the watch.
    package var interval: Duration = .seconds(5)
    /// So many failures in a row decide.
    package var count = 1

    package init() {}
}
