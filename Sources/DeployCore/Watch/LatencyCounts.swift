/// A histogram of durations: bucket n counts those of at least 2^(n/2) microseconds and less than 2^((n+1)/2); the last
/// one is open at the top. The layout is that of the scoreboard.
package struct LatencyCounts: Equatable, Sendable {
    /// The counts, by bucket; empty when nobody counted.
    package var buckets: [Int]

    package init(_ buckets: [Int] = []) {
        self.buckets = buckets
    }

    /// How many durations were counted.
    var total: Int { buckets.reduce(0, +) }

    /// What came since `earlier`; nil when a count has fallen.
    func since(_ earlier: LatencyCounts) -> LatencyCounts? {
        var later = buckets
        for index in earlier.buckets.indices {
            guard index < later.count, later[index] >= earlier.buckets[index] else { return nil }
            later[index] -= earlier.buckets[index]
        }
        return LatencyCounts(later)
    }

    /// How many durations were certainly as long as `limit`: those of the buckets that begin there or later.
    func count(atLeast limit: Duration) -> Int {
        buckets.indices.reduce(0) { Self.start(of: $1) >= limit ? $0 + buckets[$1] : $0 }
    }

    /// Between which bounds the duration lies that so many percent do not exceed; nil without a count.
    func percentile(_ percent: Int) -> (atLeast: Duration, below: Duration)? {
        let total = total
        guard total > 0 else { return nil }
        let rank = max(1, (total * percent + 99) / 100)
        var seen = 0
        for (index, count) in buckets.enumerated() {
            seen += count
            if seen >= rank { return (Self.start(of: index), Self.start(of: index + 1)) }
        }
        return nil
    }

    /// 2^(n/2) microseconds; the root of 2 is taken as 181/128.
    private static func start(of bucket: Int) -> Duration {
        let whole = 1 << min(bucket / 2, 40)
        return .microseconds(bucket.isMultiple(of: 2) ? whole : whole * 181 / 128)
    }
}
