/// Decides whether the workers of the generation that serves take what comes, outside of a deploy.
///
/// Nobody looks while nothing happens. Where connections wait, looks follow until they are taken.
package struct HangWatch {
    /// Connections that nobody takes.
    package struct Hang: Equatable, Sendable {
        package let generation: GenerationNumber
        package let waiting: Int
        package let lasting: Duration
        /// Whether the workers count what they accept. Of those that do not, no more is known than that the queue never got
        /// shorter.
        package let isCounted: Bool
    }

    /// Connections that were there at every look, and none of which was taken.
    private struct Run {
        let generation: GenerationNumber
        let since: Instant
        /// How many waited at the last look.
        var length: Int
        /// How many had been taken at the first; nil: nobody counts.
        let accepted: Int?
        var looks = 1
    }

    /// So long, and at so many looks, nothing may be taken while connections wait.
    private static let limit = Duration.seconds(1)
    private static let leastLooks = 8
    private static let looksSoon = 3
    /// Between two looks while it is not known whether somebody takes them: soon at first, since mostly somebody does, …
    private static let soon = Duration.milliseconds(5)
    private static let closely = Duration.milliseconds(100)
    /// … and while it is, at the least.
    private static let seldom = Duration.seconds(1)

    /// What was found at the last look.
    package private(set) var hang: Hang?
    /// Whether connections wait, and it is not known yet whether somebody takes them.
    package private(set) var isOpen = false
    private var run: Run?
    private var lookedAt: Instant?

    package init() {}

    /// When the next look is due; nil: when something happens.
    package var nextDeadline: Instant? {
        guard let run, let lookedAt else { return nil }
        guard isOpen else { return lookedAt + Self.seldom }
        return lookedAt + (run.looks < Self.looksSoon ? Self.soon : Self.closely)
    }

    /// Whether a look is worth its price.
    package func isDue(at now: Instant) -> Bool {
        guard let lookedAt else { return true }
        return now >= nextDeadline ?? (lookedAt + Self.seldom)
    }

    /// Takes a look at what waits for the workers of a generation, and what they have taken.
    package mutating func look(_ generation: GenerationNumber, _ counts: GenerationCounts, at now: Instant) {
        lookedAt = now
        hang = nil
        let fresh = Run(
            generation: generation, since: now, length: counts.queue, accepted: counts.traffic?.accepted)
        guard counts.queue > 0 else { return forget(at: now) }
        guard var run, run.generation == generation else {
            run = fresh
            isOpen = true
            return
        }
        guard fresh.length >= run.length, fresh.accepted == run.accepted else {
            self.run = fresh
            isOpen = false
            return
        }
        run.length = fresh.length
        run.looks += 1
        self.run = run
        let lasting = now - run.since
        if lasting >= Self.limit, run.looks >= Self.leastLooks {
            hang = Hang(
                generation: generation, waiting: run.length, lasting: lasting, isCounted: run.accepted != nil)
        }
        isOpen = hang == nil
    }

    /// Nothing waits, or nothing serves.
    package mutating func forget(at now: Instant) {
        lookedAt = now
        hang = nil
        run = nil
        isOpen = false
    }
}
