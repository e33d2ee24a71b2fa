/// Tells a release that is broken altogether from one that a hiccup has struck: it has never given a user a good answer.
///
/// The blocks of a `ShareTest` are there so that no moment's trouble decides. Trouble that is not the release's would have to
/// begin between the cut-over and the first answer to pass for this, since what began before is in the old generation's share,
/// and what begins later has good answers before it.
struct FirstAnswers: Equatable, Sendable {
    /// Fewer answers say nothing.
    private static let least = 20
    /// So much time lies between the first of them and the last, at the least.
    private static let leastTime = Duration.milliseconds(100)

    /// When the first bad answers were seen; nil: none were.
    private var since: Instant?
    /// A good one was there. It counts for ever, though the counters of a worker go when it is replaced.
    private var hasGood = false

    /// Takes the last look. True when all answers so far were 5xx, and so many that this happens by chance with a probability
    /// of at most a tenth of `alpha` where the share of 5xx is `bound`.
    mutating func areBroken(_ looks: Looks, bound: Double, alpha: Double) -> Bool {
        guard !hasGood, let now = looks.last?.at, let all = looks.last?.new(since: looks.first), all.answers > 0 else {
            return false
        }
        guard all.serverErrors == all.answers else {
            hasGood = true
            return false
        }
        let since = since ?? now
        self.since = since
        guard all.answers >= Self.least, now - since >= Self.leastTime else { return false }
        return Self.chance(of: all.answers, share: bound) * 10 <= alpha
    }

    /// The probability that all of so many answers are bad.
    private static func chance(of answers: Int, share: Double) -> Double {
        // (A thousand are enough for any share that differs from 1.)
        (0..<min(answers, 1000)).reduce(1.0) { chance, _ in chance * share }
    }
}
