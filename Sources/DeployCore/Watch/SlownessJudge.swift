/// Judges a new generation by how long its answers take: whether more than a twentieth of them take longer than what would
/// be too long, so that their 95th percentile is above it.
///
/// What is too long is decided with the first look, by the old generation's 95th percentile. If more than a twentieth of
/// the old generation's answers take as long (the histogram is coarse), or do so now (a database that is slow for both),
/// that is no worse.
struct SlownessJudge: Equatable, Sendable {
    /// The part of answers that a 95th percentile leaves.
    private static let tail = 0.05

    /// What the old generation's answers say, up to the first look.
    private struct Reference: Equatable {
        /// Its 95th percentile, at most.
        let oldTook: Duration
        /// What is too long.
        let limit: Duration
        /// The share of its answers that took as long, at most.
        let share: Double
    }

    private let policy: LatencyLimit
    private let alpha: Double
    private let old: GenerationNumber
    private var test = ShareTest()
    private var reference: Reference?
    private var hasBegun = false

    init(_ policy: LatencyLimit, alpha: Double, old: GenerationNumber) {
        self.policy = policy
        self.alpha = alpha / 2
        self.old = old
    }

    mutating func judge(_ looks: Looks) -> Evidence? {
        guard policy.answers == nil else { return thresholds(looks) }
        begin(looks)
        guard let reference else { return nil }
        let worst = max(
            reference.share, share(looks.justBefore, reference.limit), share(looks.meanwhile, reference.limit))
        let bound = min(1, max(Self.tail, worst * ErrorJudge.tolerance))
        if let block = looks.block {
            let slow = block.latency.count(atLeast: reference.limit)
            test.take(min(1, Double(slow) / Double(block.answers)), bound: bound)
        }
        guard test.isExceeded(alpha: alpha) else { return nil }
        return evidence(looks, reference)
    }

    private mutating func begin(_ looks: Looks) {
        guard !hasBegun, let first = looks.first, first.new != nil else { return }
        hasBegun = true
        guard let life = first.old?.latency, life.total >= Looks.comparable, let took = life.percentile(95)?.below
        else { return }
        let limit = max(policy.above, took * policy.factor)
        let share = ShareBound.upper(life.count(atLeast: limit), of: life.total, alpha: alpha)
        reference = Reference(oldTook: took, limit: limit, share: share)
    }

    private func share(_ counts: TrafficCounts?, _ limit: Duration) -> Double {
        guard let latency = counts?.latency, latency.total >= Looks.comparable else { return 0 }
        return Double(latency.count(atLeast: limit)) / Double(latency.total)
    }

    private func evidence(_ looks: Looks, _ reference: Reference) -> Evidence? {
        let gains = [looks.first, looks.recent.first].compactMap { looks.last?.new(since: $0)?.latency }
        let slowest = gains.compactMap { gain in gain.percentile(95).map { (took: $0.atLeast, answers: gain.total) } }
            .max { $0.took < $1.took }
        guard let slowest else { return nil }
        return .slow(
            Evidence.Slowness(
                took: max(slowest.took, reference.limit), answers: slowest.answers, old: old,
                oldTook: reference.oldTook, limit: reference.limit))
    }

    /// The fixed thresholds, over all answers of the watch.
    private func thresholds(_ looks: Looks) -> Evidence? {
        guard let answers = policy.answers, let gain = looks.last?.new(since: looks.first)?.latency,
            gain.total >= answers, let life = looks.last?.old?.latency, life.total >= answers,
            let took = gain.percentile(95)?.atLeast, let oldTook = life.percentile(95)?.below
        else { return nil }
        let most = max(policy.above, oldTook * policy.factor)
        guard took > most else { return nil }
        return .slow(Evidence.Slowness(took: took, answers: gain.total, old: old, oldTook: oldTook, limit: most))
    }
}
