/// Judges a new generation by what is counted while it is watched: one verdict after each look, from the looks so far.
///
/// Pure figures: what users got of the new generation since the first look, against what they got of the old one. It forgets
/// nothing that it needs and keeps the looks of one second.
package struct WatchJudge: Equatable, Sendable {
    /// The generation that the new one is held against.
    package struct Old: Equatable, Sendable {
        let number: GenerationNumber
        /// What it had counted when the deploy began; nil: nobody looked.
        var before: GenerationCounts?

        package init(_ number: GenerationNumber, before: GenerationCounts? = nil) {
            self.number = number
            self.before = before
        }
    }

    private var newUsers = UserCounter()
    private var oldUsers = UserCounter()
    private var looks: Looks
    private var errors: ErrorJudge?
    private var slowness: SlownessJudge?
    private var queue: QueueJudge
    private var hang: HangJudge
    /// The figures so far, for people.
    package private(set) var summary: WatchSummary?

    package init(_ policy: EvidencePolicy, against old: Old) {
        var counter = UserCounter()
        looks = Looks(window: policy.window, before: old.before.flatMap { counter.users($0) })
        oldUsers = counter
        // Each of the two tests has half of what may be wrong.
        errors = policy.errors.map { ErrorJudge($0, alpha: policy.alpha / 2, old: old.number) }
        slowness = policy.latency.map { SlownessJudge($0, alpha: policy.alpha / 2, old: old.number) }
        queue = QueueJudge(policy)
        hang = HangJudge(policy)
    }

    /// Takes a look; nil: nothing speaks against the new generation.
    package mutating func judge(_ seen: Observation, at now: Instant) -> Evidence? {
        let look = Look(at: now, new: newUsers.users(seen.new), old: oldUsers.users(seen.old))
        looks.take(look)
        summary = WatchSummary(looks, queue: seen.new.queue)
        return errors?.judge(looks) ?? slowness?.judge(looks)
            ?? queue.judge(seen.new, patience: hang.patience(look), at: now)
            ?? hang.judge(look, seen.new.probes, at: now)
    }
}
