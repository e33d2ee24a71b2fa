import TestSupport
import Testing

@testable import DeployCore

@Suite("Verdicts over simulated traffic")
struct VerdictTests {
    @Test(
        "Of releases that are as good as the old one, at most one in a hundred goes back",
        arguments: VerdictShape.allCases)
    func falseAlarms(shape: VerdictShape) {
        let count = 300
        let alarms = (0..<count).count { seed in
            var chance = VerdictChance(seed: UInt64(seed) &* 7919 &+ 13)
            let traffic = shape.traffic(&chance)
            var trial = VerdictTrial(traffic, .init(), chance)
            return trial.run([.sequential])[0] != nil
        }
        // Three of 300; that are eight at the most, but for one time in a hundred.
        #expect(alarms <= 8, "\(alarms) of \(count)")
    }

    /// The median of the time until bad releases are found, in seconds; nil: half of them are not.
    private static func median(
        _ traffic: VerdictTraffic, _ badness: VerdictTraffic.Badness, _ policy: EvidencePolicy = .sequential
    ) -> Double? {
        let times = (0..<101).map { seed in
            var trial = VerdictTrial(traffic, badness, VerdictChance(seed: UInt64(seed)))
            return trial.run([policy])[0] ?? .infinity
        }
        let median = times.sorted()[50]
        return median.isFinite ? median : nil
    }

    @Test("Five points more of 5xx at 200 a second are found within a second, half a point at 2,000 within five")
    func power() throws {
        var traffic = VerdictTraffic()
        #expect(try #require(Self.median(traffic, .init(points: 5))) <= 1)
        traffic.rate = 2000
        #expect(try #require(Self.median(traffic, .init(points: 0.5))) <= 5)
        traffic.rate = 2
        #expect(try #require(Self.median(traffic, .init(points: 100))) <= 4)
    }

    @Test("A doubled 95th percentile is found within five seconds, where the manifest asks for it")
    func slower() throws {
        var policy = EvidencePolicy.sequential
        policy.latency?.factor = 1
        policy.latency?.above = .zero
        #expect(try #require(Self.median(VerdictTraffic(), .init(slower: 2), policy)) <= 5)
        #expect(Self.median(VerdictTraffic(), .init(slower: 2)) == nil, "by default it may be five times as slow")
    }
}
