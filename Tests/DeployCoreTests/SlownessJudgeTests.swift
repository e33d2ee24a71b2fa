import Testing

@testable import DeployCore

@Suite("The judge of slow answers")
struct SlownessJudgeTests {
    /// Bucket 26 counts answers of 8.2 ms to 11.6 ms, each second one those of twice the time.
    private static func counts(_ answers: [Int: Int]) -> TrafficCounts {
        var buckets = [Int](repeating: 0, count: 64)
        for (bucket, count) in answers { buckets[bucket] = count }
        let all = answers.values.reduce(0, +)
        return TrafficCounts(answers: all, latency: LatencyCounts(buckets))
    }

    /// After how many looks answers of these buckets, so many in each look, are evidence.
    private static func looks(
        _ each: [Int: Int], old: TrafficCounts, factor: Int = 5, above: Duration = .milliseconds(500)
    ) -> (looks: Int, evidence: Evidence)? {
        var policy = EvidencePolicy()
        policy.latency?.factor = factor
        policy.latency?.above = above
        var bench = WatchBench(policy, old: old)
        bench.seen.new.traffic = counts([:])
        _ = bench.look()
        for index in 1...100 {
            let evidence = bench.look { seen in
                for (bucket, count) in each { seen.new.traffic?.latency.buckets[bucket] += count }
                seen.new.traffic?.answer(each.values.reduce(0, +))
            }
            if let evidence { return (index, evidence) }
        }
        return nil
    }

    @Test("Answers that take longer than what is too long are evidence within a second")
    func slow() throws {
        let (looks, evidence) = try #require(Self.looks([40: 2, 26: 8], old: Self.counts([26: 500])))
        #expect((16...30).contains(looks), "\(looks)")
        let words = "\(evidence)"
        #expect(words.contains("answers took 1 s or more, in generation 3 11 ms; limit 500 ms"), "\(words)")
    }

    @Test("What is faster than 500 ms, or less than five times as slow, or slow for a few only, is none")
    func fast() {
        #expect(Self.looks([37: 10], old: Self.counts([26: 500])) == nil)
        #expect(Self.looks([40: 10], old: Self.counts([36: 500])) == nil)
        #expect(Self.looks([40: 1, 26: 30], old: Self.counts([26: 500])) == nil)
        #expect(Self.looks([40: 10], old: Self.counts([26: 19])) == nil, "there is nothing to compare with")
    }

    @Test("With a smaller factor a doubled time is found")
    func doubled() throws {
        let old = Self.counts([24: 9000, 26: 950, 27: 50])
        #expect(Self.looks([24: 18, 26: 1, 27: 1], old: old, factor: 1, above: .zero) == nil, "a little slower")
        let found = Self.looks([26: 18, 28: 2], old: old, factor: 1, above: .zero)
        #expect(try #require(found).looks <= 60)
    }

    @Test("Where the old generation is as slow, it is no evidence")
    func asSlow() {
        let old = Self.counts([20: 8000, 42: 2000])
        #expect(Self.looks([20: 8, 42: 2], old: old, factor: 1, above: .zero) == nil)
    }
}
