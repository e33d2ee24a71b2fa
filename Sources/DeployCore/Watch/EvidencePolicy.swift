/// What counts as evidence against a new generation while it is watched. Nil in a limit: that is not looked at.
///
/// Worker exits always count; they need no limit.
package struct EvidencePolicy: Equatable, Codable, Sendable {
    /// From one look at the counters to the next.
    package var interval: Duration = .milliseconds(50)
    /// What happened meanwhile is what happened in so long. Thresholds are also applied to that alone.
    package var window: Duration = .seconds(1)
    /// The probability, at most, with which the tests of the watch together take back a release that is no worse.
    package var alpha = 0.01
    /// With fewer answers to users the watch goes on, …
    package var leastAnswers: Int?
    /// … but for so long at most, from its beginning.
    package var atMost: Duration = .seconds(300)
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
    var looks: Bool { errors != nil || latency != nil || queue != nil || hang != nil || leastAnswers != nil }
}

// What an older deployd wrote has fewer keys.
extension EvidencePolicy {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        interval = try fields.decode(Duration.self, forKey: .interval)
        window = try fields.decode(Duration.self, forKey: .window)
        alpha = try fields.decodeIfPresent(Double.self, forKey: .alpha) ?? alpha
        leastAnswers = try fields.decodeIfPresent(Int.self, forKey: .leastAnswers)
        atMost = try fields.decodeIfPresent(Duration.self, forKey: .atMost) ?? atMost
        errors = try fields.decodeIfPresent(ErrorLimit.self, forKey: .errors)
        latency = try fields.decodeIfPresent(LatencyLimit.self, forKey: .latency)
        queue = try fields.decodeIfPresent(QueueLimit.self, forKey: .queue)
        hang = try fields.decodeIfPresent(Duration.self, forKey: .hang)
        stuckRequests = try fields.decode(Int.self, forKey: .stuckRequests)
        probes = try fields.decodeIfPresent(WatchProbes.self, forKey: .probes)
        test = try fields.decodeIfPresent(WatchTest.self, forKey: .test)
    }
}

/// How many 5xx answers are too many. By default a sequential test decides; with `answers` or `count` these are thresholds.
package struct ErrorLimit: Equatable, Codable, Sendable {
    /// The smallest difference worth going back for: so much more than the old generation's own share, in percentage points.
    package var points = 0.1
    /// With fewer answers nothing is decided; nil: 20, if `count` says that thresholds decide.
    package var answers: Int?
    /// With fewer 5xx nothing is decided; nil: 5, if `answers` says that thresholds decide.
    package var count: Int?

    package init() {}

    /// The thresholds without a word of a manifest. They decide as well where there is no old generation to compare with.
    package static let thresholds: ErrorLimit = {
        var limit = ErrorLimit()
        (limit.points, limit.answers, limit.count) = (2, 20, 5)
        return limit
    }()

    /// Whether fixed thresholds decide.
    package var isFixed: Bool { answers != nil || count != nil }
}

/// When answers take too long: their 95th percentile is above both limits. By default a sequential test decides; with
/// `answers` that is a threshold.
package struct LatencyLimit: Equatable, Codable, Sendable {
    /// So many times the old generation's.
    package var factor = 5
    /// Faster than this is never too slow.
    package var above: Duration = .milliseconds(500)
    /// With fewer answers of either generation nothing is decided; nil: a sequential test decides.
    package var answers: Int?

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
