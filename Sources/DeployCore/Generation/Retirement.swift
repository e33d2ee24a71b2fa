/// The emptying of an old generation's lanes.
package struct Retirement: Equatable, Sendable {
    /// What is to be done next.
    enum Move: Equatable, Sendable {
        case wait
        /// Look at the queues.
        case ask
        /// The queues are empty, and stay so.
        case drain
        /// The queues have had their time; so many connections wait.
        case drainAnyway(waiting: Int)
    }

    private let policy: RetirePolicy
    private let since: Instant
    /// Since when every look found the queues empty.
    private var emptySince: Instant?
    /// How many connections the last look found.
    private(set) var waiting = 0
    /// When to look again; nil: a look is under way.
    private var nextAsk: Instant?

    init(_ policy: RetirePolicy, since: Instant) {
        self.policy = policy
        self.since = since
    }

    var nextDeadline: Instant? { nextAsk.earlier(since + policy.limit) }

    /// A look has found so many connections.
    mutating func found(_ length: Int, at now: Instant) -> Move {
        waiting = length
        emptySince = length > 0 ? nil : emptySince ?? now
        if let emptySince, now - emptySince >= policy.quiet { return .drain }
        nextAsk = now + policy.interval
        return .wait
    }

    mutating func tick(at now: Instant) -> Move {
        if now >= since + policy.limit { return .drainAnyway(waiting: waiting) }
        guard let next = nextAsk, now >= next else { return .wait }
        nextAsk = nil
        return .ask
    }
}
