/// Tells a crash loop from single crashes: so many exits within so long.
package struct CrashLoop: Equatable, Sendable {
    private let limit: Int
    private let window: Duration
    /// The latest exits, oldest first, at most `limit` of them.
    private var exits: [Instant] = []

    package init(_ policy: RespawnPolicy) {
        limit = policy.crashLoopExits
        window = policy.crashLoopWindow
    }

    /// Counts an exit. Returns true when this one makes the loop, so that it is told once.
    package mutating func exited(at now: Instant) -> Bool {
        let before = isLooping(at: now)
        exits.append(now)
        if exits.count > limit { exits.removeFirst() }
        return !before && isLooping(at: now)
    }

    /// Whether the last exits came so fast that it is a loop.
    package func isLooping(at now: Instant) -> Bool {
        guard exits.count == limit, let oldest = exits.first else { return false }
        return now - oldest < window
    }
}
