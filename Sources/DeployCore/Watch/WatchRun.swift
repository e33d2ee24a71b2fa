/// How the watching of a new generation goes: when to look, when to probe, and what came of it.
package struct WatchRun: Equatable, Sendable {
    /// When it is over; nil: when somebody says so.
    package let until: Instant?
    private let policy: EvidencePolicy
    private let isProbed: Bool
    private var judge: WatchJudge
    /// When to look next; nil: a look is under way, or nothing is looked at.
    private var nextLook: Instant?
    /// When to probe next; nil: a probe is under way, or there are none.
    private var nextProbe: Instant?
    private var failedProbes = 0
    private var test: TestRun?

    init(_ policy: EvidencePolicy, isProbed: Bool, old: GenerationNumber, until: Instant?, at now: Instant) {
        self.until = until
        self.policy = policy
        self.isProbed = isProbed && policy.probes != nil
        judge = WatchJudge(policy, old: old)
        nextLook = policy.looks ? now : nil
        nextProbe = self.isProbed ? policy.probes.map { now + $0.interval } : nil
        test = policy.test.map { TestRun($0, at: now) }
    }

    /// When it wants a tick.
    var nextDeadline: Instant? {
        let end = isTesting ? nil : until
        return end.earlier(nextLook).earlier(nextProbe).earlier(test?.next)
    }

    /// What it has seen so far.
    package var summary: WatchSummary? { judge.summary }

    /// Whether its time is over: a test that is under way is waited for.
    func isOver(at now: Instant) -> Bool { until.map { now >= $0 && !isTesting } ?? false }

    private var isTesting: Bool { test.map { $0.next == nil } ?? false }

    /// Whether to look now. The answer comes as ``looked(_:at:)``.
    mutating func looks(at now: Instant) -> Bool {
        guard let due = nextLook, now >= due else { return false }
        nextLook = nil
        return true
    }

    /// Whether to probe now. The answer comes as ``probed(_:at:)``.
    mutating func probes(at now: Instant) -> Bool {
        guard let due = nextProbe, now >= due else { return false }
        nextProbe = nil
        return true
    }

    /// Whether to test now. The answer comes as ``tested(_:at:)``.
    mutating func tests(at now: Instant) -> Bool { test?.begins(at: now) ?? false }

    /// What a test has found: how it failed, or nil.
    mutating func tested(_ failure: String?, at now: Instant) -> Evidence? { test?.ended(failure, at: now) }

    /// What a look has found.
    mutating func looked(_ seen: Observation, at now: Instant) -> Evidence? {
        nextLook = now + policy.interval
        return judge.judge(seen, at: now)
    }

    /// What a probe has found: why it failed, or nil. One that began before the run counts as well: it asked the same
    /// workers.
    mutating func probed(_ failure: String?, at now: Instant) -> Evidence? {
        guard isProbed, let limit = policy.probes else { return nil }
        nextProbe = nextProbe ?? now + limit.interval
        guard let failure else {
            failedProbes = 0
            return nil
        }
        failedProbes += 1
        return failedProbes >= limit.count ? .probes(count: failedProbes, last: failure) : nil
    }
}
