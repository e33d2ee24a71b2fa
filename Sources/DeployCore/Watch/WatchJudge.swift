/// Judges a new generation by what is counted while it is watched: one verdict after each look, from the looks so far.
///
/// Pure figures: the new generation's since the first look, against the old one's. It forgets nothing that it needs and
/// keeps the looks of one window.
package struct WatchJudge: Equatable, Sendable {
    /// One look.
    private struct Look: Equatable, Sendable {
        let at: Instant
        let new: TrafficCounts?
        let old: TrafficCounts?
    }

    private let policy: EvidencePolicy
    private let old: GenerationNumber
    /// The first look; again the first one after counters have fallen.
    private var first: Look?
    /// Looks within the window, the oldest first, and one that is just older.
    private var recent: [Look] = []
    private var waiting: QueueJudge
    /// The last look's figures, for people.
    package private(set) var summary: WatchSummary?

    package init(_ policy: EvidencePolicy, old: GenerationNumber) {
        self.policy = policy
        self.old = old
        waiting = QueueJudge(policy)
    }

    /// Takes a look; nil: nothing speaks against the new generation.
    package mutating func judge(_ seen: Observation, at now: Instant) -> Evidence? {
        let look = Look(at: now, new: seen.new.traffic, old: seen.old.traffic)
        remember(look)
        summarize(look, queue: seen.new.queue)
        return errors(look) ?? slowness(look) ?? waiting.judge(seen.new, at: now)
    }

    private mutating func remember(_ look: Look) {
        // (What has not fallen since the last look has not fallen since the first.)
        if first != nil, let before = recent.last?.new, look.new?.since(before) != nil {
            recent.append(look)
            while recent.count > 1, look.at - recent[1].at >= policy.window { recent.removeFirst() }
        } else {
            // The first look, or a worker was replaced, and its counts went with it.
            first = look
            recent = [look]
        }
    }

    /// What the new generation did since an earlier look.
    private func gain(_ look: Look, since earlier: Look?) -> TrafficCounts? {
        guard let now = look.new, let then = earlier?.new else { return nil }
        return now.since(then)
    }

    private mutating func summarize(_ look: Look, queue: Int) {
        summary = WatchSummary(
            answers: gain(look, since: first)?.answers, serverErrors: gain(look, since: first)?.serverErrors ?? 0,
            queue: queue)
    }

    private func errors(_ look: Look) -> Evidence? {
        guard let limit = policy.errors else { return nil }
        for start in [recent.first, first] {
            let share = oldShare(look, since: start, limit)
            guard let gain = gain(look, since: start), gain.answers >= limit.answers, gain.serverErrors >= limit.count
            else { continue }
            let most = (share ?? 0) + limit.points / 100
            let answers = Double(gain.answers)
            let expected = answers * (share ?? 0)
            // Four standard deviations: what chance alone brings is no evidence.
            let chance = expected + 4 * (expected * (1 - (share ?? 0))).squareRoot()
            guard gain.errorShare > most, Double(gain.serverErrors) > chance else { continue }
            return .serverErrors(
                Evidence.ServerErrors(
                    errors: gain.serverErrors, answers: gain.answers,
                    old: share.map { Evidence.Reference(generation: old, share: $0) }, limit: most))
        }
        return nil
    }

    /// The old generation's share of 5xx: over its life, since the first look, or since `start`, whichever is worst, so that
    /// what strikes both generations (a database that fails) does not count against the new one, in the middle of the watch
    /// neither.
    private func oldShare(_ look: Look, since start: Look?, _ limit: ErrorLimit) -> Double? {
        guard let life = look.old, life.answers > 0 else { return nil }
        let meanwhile = [first, start].compactMap { $0?.old.flatMap(life.since) }.filter { $0.answers >= limit.answers }
        return meanwhile.reduce(life.errorShare) { max($0, $1.errorShare) }
    }

    private func slowness(_ look: Look) -> Evidence? {
        guard let limit = policy.latency, let gain = gain(look, since: first)?.latency, gain.total >= limit.answers,
            let life = look.old?.latency, life.total >= limit.answers,
            let took = gain.percentile(95)?.atLeast, let oldTook = life.percentile(95)?.below
        else { return nil }
        let most = max(limit.above, oldTook * limit.factor)
        guard took > most else { return nil }
        return .slow(
            Evidence.Slowness(took: took, answers: gain.total, old: old, oldTook: oldTook, limit: most))
    }
}

/// What a watch has seen so far.
package struct WatchSummary: Equatable, Sendable, CustomStringConvertible {
    /// Answers since it began; nil: the workers do not count.
    package let answers: Int?
    /// Of these, 5xx.
    package let serverErrors: Int
    /// Connections that wait to be accepted.
    package let queue: Int

    /// One clause: "812 answers, 3 of them 5xx; 0 connections wait".
    package var description: String {
        let counted = answers.map { "\($0) answers, \(serverErrors) of them 5xx; " } ?? ""
        return counted + (queue == 1 ? "1 connection waits" : "\(queue) connections wait")
    }
}
