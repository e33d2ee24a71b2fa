@testable import DeployCore

/// A judge of a watch under test, the time, and the counters of a new and an old generation.
struct WatchBench {
    var judge: WatchJudge
    var now = Instant(sinceBoot: .seconds(1_000))
    var seen = Observation(new: GenerationCounts(traffic: TrafficCounts()))

    /// - Parameters:
    ///   - old: what the old generation has counted by the first look.
    ///   - before: what it had counted when the deploy began.
    init(
        _ policy: EvidencePolicy = EvidencePolicy(), old: TrafficCounts? = TrafficCounts(answers: 100_000),
        before: TrafficCounts? = nil
    ) {
        let number = GenerationNumber(rawValue: 3)
        judge = WatchJudge(policy, against: .init(number, before: before.map { GenerationCounts(traffic: $0) }))
        seen.old.traffic = old
        _ = judge.judge(seen, at: now)
    }

    /// A look 50 ms later.
    mutating func look(_ change: (inout Observation) -> Void = { _ in }) -> Evidence? {
        now = now + .milliseconds(50)
        change(&seen)
        return judge.judge(seen, at: now)
    }

    /// Looks, in each of which the new generation has sent so many answers, until there is evidence: after how many; nil:
    /// not after `count`.
    mutating func looks(
        _ count: Int, answers: Int, errors: Int, old: (answers: Int, errors: Int) = (0, 0)
    ) -> (looks: Int, evidence: Evidence)? {
        for index in 1...count {
            let evidence = look { seen in
                seen.new.traffic?.answer(answers, errors)
                seen.old.traffic?.answer(old.answers, old.errors)
            }
            if let evidence { return (index, evidence) }
        }
        return nil
    }
}

extension TrafficCounts {
    /// Sends answers, some of them 5xx.
    mutating func answer(_ count: Int, _ errors: Int = 0) {
        accepted += count
        answers += count
        serverErrors += errors
    }
}
