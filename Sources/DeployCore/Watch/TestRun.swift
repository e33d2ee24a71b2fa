/// How the release's own test goes while its generation is watched: one at a time, again and again.
struct TestRun: Equatable, Sendable {
    private let policy: WatchTest
    /// When the next one begins; nil: one is under way.
    private(set) var next: Instant?
    /// Failures in a row.
    private var failures = 0

    init(_ policy: WatchTest, at now: Instant) {
        self.policy = policy
        next = now
    }

    /// Whether to begin one now. Its answer comes as ``ended(_:at:)``.
    mutating func begins(at now: Instant) -> Bool {
        guard let due = next, now >= due else { return false }
        next = nil
        return true
    }

    /// The one under way has ended: how it failed, or nil. One that another run began says nothing of this one.
    mutating func ended(_ failure: String?, at now: Instant) -> Evidence? {
        guard next == nil else { return nil }
        next = now + policy.interval
        failures = failure == nil ? 0 : failures + 1
        guard let failure, failures >= policy.count else { return nil }
        return .test(count: failures, last: failure)
    }
}
