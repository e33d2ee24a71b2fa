/// Judges a new generation by the share of its answers that are 5xx, against the old generation's: by a sequential test, or
/// by fixed thresholds where the manifest wants these or there is nothing to compare with.
///
/// The old generation's share may drift a little (a busier hour, a slower database), so `tolerance` times its share is no
/// worse yet, and its share is the worst of those over its life, from the deploy's beginning to the cut-over, and meanwhile.
/// What strikes the new generation alone because the old one answers nobody any more, for longer than three blocks, cannot
/// be told from its own fault.
struct ErrorJudge: Equatable, Sendable {
    /// So many times the old generation's share is as good.
    static let tolerance = 1.25

    private let limit: ErrorLimit
    private let alpha: Double
    private let old: GenerationNumber
    private var test = ShareTest()
    /// The share of the old generation up to the watch, at most; nil: it has answered too few.
    private var life: Double?
    private var hasBegun = false
    private var firstAnswers = FirstAnswers()

    /// - Parameter alpha: the probability, at most, with which it convicts by chance. Half of it is for the old generation's
    ///   share, which is known from its answers only.
    init(_ limit: ErrorLimit, alpha: Double, old: GenerationNumber) {
        self.limit = limit
        self.alpha = alpha / 2
        self.old = old
    }

    mutating func judge(_ looks: Looks) -> Evidence? {
        begin(looks)
        guard !limit.isFixed, let life else {
            return thresholds(limit.isFixed ? limit : .thresholds, looks)
        }
        let worst = max(life, drifted(looks.justBefore, from: life), share(looks.meanwhile))
        let bound = min(1, worst * Self.tolerance + limit.points / 100)
        if let block = looks.block {
            test.take(min(1, Double(block.serverErrors) / Double(block.answers)), bound: bound)
        }
        let isBroken = firstAnswers.areBroken(looks, bound: bound, alpha: alpha)
        guard isBroken || test.isExceeded(alpha: alpha), let gain = worstGain(looks) else { return nil }
        return evidence(gain, share: looks.last?.old?.errorShare ?? worst, limit: bound)
    }

    private mutating func begin(_ looks: Looks) {
        guard !hasBegun, let first = looks.first, first.new != nil else { return }
        hasBegun = true
        guard let old = first.old, old.answers >= Looks.comparable else { return }
        life = ShareBound.upper(old.serverErrors, of: old.answers, alpha: alpha)
    }

    /// A share that is compared with, if enough was answered.
    private func share(_ counts: TrafficCounts?) -> Double {
        guard let counts, counts.answers >= Looks.comparable else { return 0 }
        return counts.errorShare
    }

    /// The share just before the cut-over. Where it is larger than over the life by more than chance (a deploy in the middle
    /// of an incident), so much as it may be in truth.
    private func drifted(_ counts: TrafficCounts?, from life: Double) -> Double {
        let share = share(counts)
        guard let counts, ShareBound.isLarger(counts.serverErrors, of: counts.answers, than: life) else { return share }
        return ShareBound.upper(counts.serverErrors, of: counts.answers, alpha: alpha)
    }

    /// What is shown: all answers of the watch, or those of the last second where these are worse.
    private func worstGain(_ looks: Looks) -> TrafficCounts? {
        [looks.first, looks.recent.first].compactMap { looks.last?.new(since: $0) }
            .max { $0.errorShare < $1.errorShare }
    }

    private func evidence(_ gain: TrafficCounts, share: Double?, limit: Double) -> Evidence {
        .serverErrors(
            Evidence.ServerErrors(
                errors: gain.serverErrors, answers: gain.answers,
                old: share.map { Evidence.Reference(generation: old, share: $0) }, limit: limit))
    }
}

// The fixed thresholds.
extension ErrorJudge {
    /// Over all answers of the watch and over those of the last second: more than `points` above the old generation's share,
    /// and more than chance alone brings in one look.
    private func thresholds(_ limit: ErrorLimit, _ looks: Looks) -> Evidence? {
        let (answers, count) = (
            limit.answers ?? ErrorLimit.thresholds.answers ?? 0, limit.count ?? ErrorLimit.thresholds.count ?? 0
        )
        for start in [looks.recent.first, looks.first] {
            let share = oldShare(looks, since: start, answers)
            guard let gain = looks.last?.new(since: start), gain.answers >= answers, gain.serverErrors >= count
            else { continue }
            let most = (share ?? 0) + limit.points / 100
            let expected = Double(gain.answers) * (share ?? 0)
            // Four standard deviations: what chance alone brings is no evidence.
            let chance = expected + 4 * (expected * (1 - (share ?? 0))).squareRoot()
            guard gain.errorShare > most, Double(gain.serverErrors) > chance else { continue }
            return evidence(gain, share: share, limit: most)
        }
        return nil
    }

    /// The old generation's share of 5xx: over its life, since the first look, or since `start`, whichever is worst, so that
    /// what strikes both generations (a database that fails) does not count against the new one, in the middle of the watch
    /// neither.
    private func oldShare(_ looks: Looks, since start: Look?, _ answers: Int) -> Double? {
        guard let look = looks.last, let life = look.old, life.answers > 0 else { return nil }
        let meanwhile = [look.old(since: looks.first), look.old(since: start), looks.justBefore].compactMap { $0 }
        return meanwhile.filter { $0.answers >= answers }.reduce(life.errorShare) { max($0, $1.errorShare) }
    }
}
