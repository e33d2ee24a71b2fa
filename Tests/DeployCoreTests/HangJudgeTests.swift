import Testing

@testable import DeployCore

@Suite("The judge of hangs")
struct HangJudgeTests {
    private static let policy: EvidencePolicy = {
        var policy = EvidencePolicy.exitsOnly
        policy.hang = .seconds(3)
        return policy
    }()

    /// How long it takes until a generation that answers no user is found to hang, look after look changed; nil: not
    /// within ten seconds.
    private static func found(
        old: TrafficCounts? = nil, _ change: (inout Observation, _ look: Int) -> Void
    ) -> Evidence? {
        var bench = WatchBench(policy, old: old)
        for look in 1...200 {
            if let evidence = bench.look({ change(&$0, look) }) { return evidence }
        }
        return nil
    }

    private static let hang = Evidence.notAnswering(inFlight: 5, lasting: .seconds(3))

    @Test("Five requests that nobody answers for three seconds are a hang, and four are none")
    func hangs() {
        #expect(Self.found { seen, _ in seen.new.traffic?.inFlight = 5 } == Self.hang)
        #expect(Self.found { seen, _ in seen.new.traffic?.inFlight = 4 } == nil)
        #expect(
            Self.found { seen, look in
                seen.new.traffic?.inFlight = 5
                if look.isMultiple(of: 50) { seen.new.traffic?.answer(1) }
            } == nil, "it answers")
    }

    @Test("A release that answers its probes and no user is found when ten wait; a few slow ones are none")
    func answersProbes() {
        func found(_ inFlight: @escaping (Int) -> Int) -> Evidence? {
            Self.found { seen, look in
                let probes = look / 10
                seen.new.traffic = TrafficCounts(
                    accepted: probes, answers: probes, inFlight: inFlight(look))
                seen.new.traffic?.bytes = 20_000 * probes
                seen.new.probes = ProbeCounts(sent: probes, answered: probes, bytes: 20_000 * probes)
            }
        }
        #expect(found { _ in 6 } == nil)
        #expect(found { min($0, 40) } != nil)
    }

    @Test("Clients that send slowly, or take slowly, are no hang; requests that come and get nothing are one")
    func moves() {
        #expect(
            Self.found { seen, _ in
                seen.new.traffic?.inFlight = 6
                seen.new.traffic?.bytes += 1000
            } == nil)
        #expect(
            Self.found { seen, look in
                seen.new.traffic?.inFlight = 6 + look
                seen.new.traffic?.bytes += 700
            } != nil, "heads of requests")
    }

    @Test("As slow as the slowest of the old generation's answers is not hung yet")
    func asSlow() {
        var buckets = [Int](repeating: 0, count: 64)
        (buckets[20], buckets[45]) = (95, 5)
        // Bucket 45 ends at 8.4 s.
        let old = TrafficCounts(answers: 100, latency: LatencyCounts(buckets))
        let evidence = Self.found(old: old) { seen, _ in seen.new.traffic?.inFlight = 5 }
        guard case .notAnswering(5, let lasting)? = evidence else {
            Issue.record("\(String(describing: evidence))")
            return
        }
        #expect(lasting >= .seconds(8) && lasting < .seconds(9))
    }

    @Test("While the old generation has as many that it does not answer either, the new one is not to blame")
    func both() {
        let old = TrafficCounts(answers: 100, inFlight: 9)
        #expect(Self.found(old: old) { seen, _ in seen.new.traffic?.inFlight = 6 } == nil)
        #expect(Self.found(old: old) { seen, _ in seen.new.traffic?.inFlight = 10 } != nil)
        #expect(
            Self.found(old: old) { seen, look in
                seen.new.traffic?.inFlight = 6
                if look.isMultiple(of: 10) { seen.old.traffic?.answer(1) }
            } != nil, "the old one answers")
    }
}
