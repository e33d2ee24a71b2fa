/// A point on the machine's only clock: time since boot, as CLOCK_MONOTONIC counts it.
///
/// The clock is the same for every process until the next boot, so an instant in the state file keeps its meaning when
/// another master reads it. Steps of the wall clock do not reach it.
package struct Instant: Hashable, Codable, Comparable, Sendable {
    /// Time since boot.
    package let sinceBoot: Duration

    package init(sinceBoot: Duration) {
        self.sinceBoot = sinceBoot
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.sinceBoot < right.sinceBoot
    }

    package static func + (instant: Self, duration: Duration) -> Self {
        Instant(sinceBoot: instant.sinceBoot + duration)
    }

    package static func - (later: Self, earlier: Self) -> Duration {
        later.sinceBoot - earlier.sinceBoot
    }
}

extension Optional<Instant> {
    /// The earlier of the two; nil counts as never.
    package func earlier(_ other: Instant?) -> Instant? {
        guard let self else { return other }
        guard let other else { return self }
        return min(self, other)
    }
}
