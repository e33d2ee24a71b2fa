/// Delays that double from one failure to the next, and start anew after a time without any.
package struct Backoff: Equatable, Sendable {
    private let first: Duration
    private let longest: Duration
    private let healthyAfter: Duration
    private var next: Duration
    private var healthySince: Instant?

    package init(_ policy: RespawnPolicy) {
        self.init(first: policy.firstDelay, longest: policy.longestDelay, healthyAfter: policy.healthyAfter)
    }

    package init(first: Duration, longest: Duration, healthyAfter: Duration) {
        self.first = first
        self.longest = longest
        self.healthyAfter = healthyAfter
        next = first
    }

    /// Counts a failure, and returns the instant before which nothing should be tried again.
    package mutating func failed(at now: Instant) -> Instant {
        if let healthySince, now >= healthySince + healthyAfter {
            next = first
        }
        let retry = now + next
        next = min(next * 2, longest)
        healthySince = retry
        return retry
    }
}
