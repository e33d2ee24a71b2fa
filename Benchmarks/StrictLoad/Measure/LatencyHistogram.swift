/// How often each latency occurred: 128 buckets for every doubling, so that a percentile is at most 0.8 % too high.
///
/// Recording is a shift and an increment and never allocates, whatever the range of the values.
package struct LatencyHistogram {
    private static let bucketsPerDoubling = 128
    private static let firstDoublingBits = 7

    private var counts = [UInt64](repeating: 0, count: 58 * bucketsPerDoubling)

    /// How many values were recorded.
    package private(set) var count: UInt64 = 0

    /// The greatest value recorded, exact; 0 when there is none.
    package private(set) var maximum: Nanoseconds = 0

    package init() {}

    /// Counts one latency; below zero counts as zero.
    package mutating func record(_ latency: Nanoseconds) {
        let value = max(0, latency)
        counts[Self.bucket(of: value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// The latency that `permille` of every 1,000 values do not exceed (nearest rank); 0 when there is no value.
    package func percentile(permille: UInt64) -> Nanoseconds {
        guard count > 0 else { return 0 }
        let rank = max(1, (count * permille + 999) / 1_000)
        var seen: UInt64 = 0
        for (bucket, occurrences) in counts.enumerated() where occurrences > 0 {
            seen += occurrences
            if seen >= rank { return min(maximum, Self.greatestValue(in: bucket)) }
        }
        return maximum
    }

    private static func bucket(of value: Nanoseconds) -> Int {
        if value < bucketsPerDoubling { return Int(value) }
        let shift = (Nanoseconds.bitWidth - 1 - value.leadingZeroBitCount) - firstDoublingBits
        return shift * bucketsPerDoubling + Int(value >> Nanoseconds(shift))
    }

    private static func greatestValue(in bucket: Int) -> Nanoseconds {
        if bucket < 2 * bucketsPerDoubling { return Nanoseconds(bucket) }
        let shift = bucket / bucketsPerDoubling - 1
        let leading = Nanoseconds(bucket - shift * bucketsPerDoubling)
        return (leading << Nanoseconds(shift)) + ((1 << Nanoseconds(shift)) - 1)
    }
}
