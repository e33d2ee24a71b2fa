/// Judges whether a generation still takes what comes: new connections from its accept queue, kept ones from its hand-over
/// socket.
struct QueueJudge: Equatable, Sendable {
    /// Since when something has been so at every look, and what it was at first.
    private struct Run: Equatable, Sendable {
        let since: Instant
        /// The length at the last look; of a long queue, the one at first.
        var length: Int
        /// Connections taken at the beginning; nil: nobody counts.
        let done: Int?
    }

    private let policy: EvidencePolicy
    private var long: Run?
    private var unaccepted: Run?
    private var unadopted: Run?

    init(_ policy: EvidencePolicy) {
        self.policy = policy
    }

    /// Takes a look; nil: it does. Probes count: they enter by the same queue. `patience`: so long nothing may be accepted.
    mutating func judge(_ seen: GenerationCounts, patience: Duration?, at now: Instant) -> Evidence? {
        growth(seen, at: now) ?? acceptance(seen, patience, at: now) ?? adoption(seen, patience, at: now)
    }

    private mutating func growth(_ seen: GenerationCounts, at now: Instant) -> Evidence? {
        guard let limit = policy.queue else { return nil }
        guard seen.queue >= limit.length else {
            long = nil
            return nil
        }
        // A full queue moves a little; shorter by a tenth is shorter.
        guard let run = long, seen.queue * 10 >= run.length * 9 else {
            long = Run(since: now, length: seen.queue, done: seen.traffic?.accepted)
            return nil
        }
        guard now - run.since >= limit.lasting else { return nil }
        guard !takes(seen, run, within: limit.lasting, at: now) else {
            long = Run(since: now, length: seen.queue, done: seen.traffic?.accepted)
            return nil
        }
        return .queue(length: seen.queue, limit: limit.length, lasting: now - run.since)
    }

    /// Whether who is last in the queue is accepted in time all the same: at the pace of the run, as many as wait now are
    /// taken within `limit`. A flood of connections keeps any queue long, and says nothing about the release.
    private func takes(_ seen: GenerationCounts, _ run: Run, within limit: Duration, at now: Instant) -> Bool {
        guard let accepted = seen.traffic?.accepted, let before = run.done else { return false }
        // A replaced worker's count is gone: what is left says nothing yet.
        guard accepted >= before else { return true }
        return Double(accepted - before) * (limit / (now - run.since)) >= Double(seen.queue)
    }

    /// A queue that never becomes shorter, of a generation that takes nothing.
    private mutating func acceptance(_ seen: GenerationCounts, _ patience: Duration?, at now: Instant) -> Evidence? {
        guard let patience, seen.queue > 0 else {
            unaccepted = nil
            return nil
        }
        let accepted = seen.traffic?.accepted
        guard let run = unaccepted, seen.queue >= run.length, accepted == run.done else {
            unaccepted = Run(since: now, length: seen.queue, done: accepted)
            return nil
        }
        unaccepted?.length = seen.queue
        guard now - run.since >= patience else { return nil }
        return .notAccepting(waiting: seen.queue, lasting: now - run.since)
    }

    /// A hand-over socket in which something waits at every look, and of which nothing is taken.
    private mutating func adoption(_ seen: GenerationCounts, _ patience: Duration?, at now: Instant) -> Evidence? {
        guard let patience, seen.handoversWait else {
            unadopted = nil
            return nil
        }
        let adopted = seen.traffic?.adopted
        guard let run = unadopted, adopted == run.done else {
            unadopted = Run(since: now, length: 1, done: adopted)
            return nil
        }
        guard now - run.since >= patience else { return nil }
        return .notAdopting(lasting: now - run.since)
    }
}
