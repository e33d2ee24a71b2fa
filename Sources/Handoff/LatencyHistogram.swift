/// How long answers took, in buckets that grow by the square root of two: a scoreboard's, or the sum of several.
package struct LatencyHistogram: Equatable, Sendable {
    private var counts: [WorkerCount]

    /// Counts of the buckets, the fastest first, as a worker wrote them; missing ones are 0, and more than
    /// `Scoreboard.latencyBuckets` are left out.
    package init(_ written: [UInt64] = []) {
        counts = [WorkerCount](repeating: WorkerCount(), count: Scoreboard.latencyBuckets)
        for (bucket, count) in written.prefix(counts.count).enumerated() { counts[bucket] = WorkerCount(count) }
    }

    /// The bucket of an answer that took so many microseconds.
    package static func bucket(microseconds: Int64) -> Int {
        guard microseconds > 1 else { return 0 }
        let time = UInt64(microseconds)
        let whole = 63 - time.leadingZeroBitCount
        guard whole < Scoreboard.latencyBuckets / 2 else { return Scoreboard.latencyBuckets - 1 }
        // At least 2^(whole + 1/2)? Both sides squared: below 2^32 the square fits.
        return time * time >= UInt64(1) << UInt64(whole * 2 + 1) ? whole * 2 + 1 : whole * 2
    }

    /// How many answers a bucket counts.
    package subscript(_ bucket: Int) -> Int { counts[bucket].value }

    /// How many answers there are in all.
    package var total: Int { counts.reduce(0) { $0 + $1.value } }

    /// Adds another one's answers.
    package mutating func add(_ other: LatencyHistogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
    }

    /// The answers since an earlier look at the same counts. A bucket that has become smaller (its worker was started
    /// anew) counts as it is.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        LatencyHistogram(
            counts.indices.map {
                UInt64(self[$0] >= earlier[$0] ? self[$0] - earlier[$0] : self[$0])
            })
    }

    /// The time within which so many percent of the answers were given: the upper border of the bucket in which the last
    /// of them is, so at most 42 % too much. Nil without answers; the open bucket's border is its lower one.
    package func percentile(_ percent: Double) -> Duration? {
        let total = total
        guard total > 0 else { return nil }
        let rank = max(1, Int((Double(total) * min(max(percent, 0), 100) / 100).rounded(.up)))
        var seen = 0
        for bucket in counts.indices {
            seen += self[bucket]
            if seen >= rank { return Self.border(min(bucket + 1, counts.count - 1)) }
        }
        return nil
    }

    /// 2^(bucket/2) microseconds, to the nanosecond.
    private static func border(_ bucket: Int) -> Duration {
        let whole = Int64(1) << Int64(bucket / 2)
        guard bucket % 2 == 1 else { return .microseconds(whole) }
        return .nanoseconds((Double(whole) * 2.0.squareRoot() * 1000).rounded())
    }
}

extension Duration {
    /// A duration of so many nanoseconds, for numbers far below the largest.
    fileprivate static func nanoseconds(_ count: Double) -> Duration { .nanoseconds(Int64(count)) }
}
