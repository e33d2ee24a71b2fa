/// How the watching of a new generation goes: when to look, when to probe, and what came of it.
package struct WatchRun: Equatable, Sendable {
    /// Since when it is watched.
    let since: Instant
    /// When it is over, if there is enough to judge by; nil: when somebody says so.
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
    /// When the figures are told next, and those told last.
    private var nextNews: Instant
    private var told: WatchSummary?

    init(
        _ policy: EvidencePolicy, isProbed: Bool, against old: WatchJudge.Old, until: Instant?, at now: Instant
    ) {
        since = now
        self.until = until
        self.policy = policy
        self.isProbed = isProbed && policy.probes != nil
        judge = WatchJudge(policy, against: old)
        nextNews = now + Self.newsInterval
        nextLook = policy.looks ? now : nil
        nextProbe = self.isProbed ? policy.probes.map { now + $0.interval } : nil
        test = policy.test.map { TestRun($0, at: now) }
    }

    /// When it wants a tick.
    var nextDeadline: Instant? {
        let end = isTesting ? nil : self.end
        return end.earlier(nextLook).earlier(nextProbe).earlier(test?.next)
    }

    /// Whether the release's own test runs: what it asks for is counted as users' requests are.
    var isTested: Bool { test != nil }

    /// What it has seen so far.
    package var summary: WatchSummary? { judge.summary }

    /// Whether its time is over: a test that is under way is waited for.
    func isOver(at now: Instant) -> Bool { end.map { now >= $0 && !isTesting } ?? false }

    /// When it is over as far as is known: later than `until` while users have got fewer answers than they should have. Who
    /// does not count is not waited for.
    private var end: Instant? {
        guard let until, let least = policy.leastAnswers, let summary = judge.summary, let new = summary.new,
            new.answers < least
        else { return until }
        return max(until, since + policy.atMost)
    }

    /// The answers that it waits for beyond its time; nil: for none.
    func awaitedAnswers(at now: Instant) -> Int? {
        guard let until, let end, now >= until, now < end else { return nil }
        return policy.leastAnswers
    }

    /// From one telling of the figures to the next.
    private static let newsInterval = Duration.seconds(1)

    /// The figures, if it is time to tell them and they have changed.
    mutating func news(at now: Instant) -> WatchSummary? {
        guard now >= nextNews, let summary, summary != told else { return nil }
        nextNews = now + Self.newsInterval
        told = summary
        return summary
    }

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
