package import Linux

/// Counters as they were at one moment.
package struct ScoreboardSnapshot: Equatable, Sendable {
    private var values: [Scoreboard.Counter: UInt64] = [:]

    /// All zero.
    package init() {}

    /// Reads a mapped scoreboard; nil when no worker has begun to count in it.
    package init?(_ mapping: borrowing SharedMapping) {
        guard mapping.load(0) == Scoreboard.magic else { return nil }
        for counter in Scoreboard.Counter.allCases { values[counter] = mapping.load(counter.rawValue) }
    }

    /// One counter.
    package subscript(_ counter: Scoreboard.Counter) -> UInt64 { values[counter] ?? 0 }

    /// Adds another worker's counters.
    package mutating func add(_ other: ScoreboardSnapshot) {
        for counter in Scoreboard.Counter.allCases { values[counter] = self[counter] &+ other[counter] }
    }
}
