/// Judges whether a generation that has requests of users in hand still answers any.
///
/// Slow is not hung. As slow as the slowest hundredth of the old generation's answers is not hung; what moves is not hung (a
/// slow client sends a large body, or takes a large answer); and while the old generation has as many requests in hand, and
/// answers none either, the new one is not to blame. Probes that are answered meanwhile say that it lives, but not that it
/// answers users: then twice as many requests have to wait for nothing.
struct HangJudge: Equatable, Sendable {
    /// A time without an answer to a user while enough requests wait.
    private struct Run: Equatable {
        /// Since when nothing was answered and nothing has moved.
        var since: Instant
        /// Bytes and requests in flight then.
        var bytes: Int
        var inFlight: Int
        /// Answers to users before it.
        let answers: Int
        /// The old generation's answers before it.
        let oldAnswers: Int?
        /// Probes that had been answered before it.
        let probes: Int
    }

    /// What a request that has just come may have brought; more than that is a body on its way.
    private static let headBytes = 4096
    /// So many bytes may come without a request: a part of the head of one.
    private static let strayBytes = 1024

    private let policy: EvidencePolicy
    private var run: Run?

    init(_ policy: EvidencePolicy) {
        self.policy = policy
    }

    /// How long nothing may be accepted or answered; nil: it does not matter.
    func patience(_ look: Look) -> Duration? {
        guard let hang = policy.hang else { return nil }
        guard let latency = look.old?.latency, latency.total >= Looks.comparable else { return hang }
        return max(hang, latency.percentile(99)?.below ?? hang)
    }

    /// Takes a look; nil: it answers, or there is no more to answer than a few.
    mutating func judge(_ look: Look, _ probes: ProbeCounts, at now: Instant) -> Evidence? {
        guard let users = look.new, users.inFlight >= policy.stuckRequests, let patience = patience(look) else {
            run = nil
            return nil
        }
        guard var run, run.answers == users.answers else {
            run = Run(
                since: now, bytes: users.bytes, inFlight: users.inFlight, answers: users.answers,
                oldAnswers: look.old?.answers, probes: probes.answered)
            return nil
        }
        if hasMoved(users, since: run) {
            (run.since, run.bytes, run.inFlight) = (now, users.bytes, users.inFlight)
        }
        self.run = run
        let needed = probes.answered > run.probes ? 2 * policy.stuckRequests : policy.stuckRequests
        guard now - run.since >= patience, users.inFlight >= needed, !isStuckToo(look, run) else { return nil }
        return .notAnswering(inFlight: users.inFlight, lasting: now - run.since)
    }

    /// Whether bodies or answers are on their way: more bytes than the requests that have come meanwhile explain.
    private func hasMoved(_ users: TrafficCounts, since run: Run) -> Bool {
        let arrived = max(0, users.inFlight - run.inFlight)
        return users.bytes - run.bytes > Self.strayBytes + arrived * Self.headBytes
    }

    /// Whether the old generation has as many requests in hand, and has not answered one either.
    private func isStuckToo(_ look: Look, _ run: Run) -> Bool {
        guard let old = look.old, let new = look.new else { return false }
        return old.inFlight >= new.inFlight && old.answers == run.oldAnswers
    }
}
