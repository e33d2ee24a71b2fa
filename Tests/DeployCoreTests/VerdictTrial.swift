@testable import DeployCore

/// One deploy, as its watch sees it: the old generation's life, the boot, and the looks.
struct VerdictTrial {
    private let traffic: VerdictTraffic
    private let badness: VerdictTraffic.Badness
    private var chance: VerdictChance
    private var now = 0.0
    private var seen = Observation()
    /// The hiccup under way, or the next one: from and to.
    private var hiccup = (from: Double.infinity, to: Double.infinity)
    private var pace = 1.0
    private var paceUntil = 0.0
    private let before: GenerationCounts
    private let usual: [Double]
    private let own: [Double]
    /// While a hiccup lasts.
    private let struckBuckets: [Double]

    init(_ traffic: VerdictTraffic, _ badness: VerdictTraffic.Badness = .init(), _ chance: VerdictChance) {
        (self.traffic, self.badness, self.chance) = (traffic, badness, chance)
        usual = traffic.buckets()
        struckBuckets = traffic.buckets(slower: 100)
        own = traffic.buckets(slower: badness.slower)
        var life = Self.life(traffic, usual, &self.chance)
        before = GenerationCounts(traffic: life)
        nextHiccup()
        while now < traffic.boot {
            now += 0.05
            step(&life, 1, usual, points: 0)
        }
        seen.new.traffic = TrafficCounts(latency: LatencyCounts([Int](repeating: 0, count: 64)))
        seen.old.traffic = life
    }

    /// How soon each policy convicts, in seconds; nil: not within `seconds`.
    mutating func run(_ policies: [EvidencePolicy], seconds: Double = 5) -> [Double?] {
        var judges = policies.map { WatchJudge($0, against: .init(GenerationNumber(rawValue: 1), before: before)) }
        var verdicts = [Double?](repeating: nil, count: policies.count)
        let start = now
        var at = Instant(sinceBoot: .seconds(1000))
        var looks = 0
        while true {
            for index in judges.indices where verdicts[index] == nil && judges[index].judge(seen, at: at) != nil {
                verdicts[index] = now - start
            }
            guard looks < Int(seconds * 20), verdicts.contains(nil) else { return verdicts }
            looks += 1
            at = at + .milliseconds(50)
            now += 0.05
            if var new = seen.new.traffic {
                step(&new, 1 - traffic.staying, own, points: badness.points)
                seen.new.traffic = new
            }
            if traffic.staying > 0, var old = seen.old.traffic {
                step(&old, traffic.staying, usual, points: 0)
                seen.old.traffic = old
            }
        }
    }

    /// The old generation's life: what it has answered, hiccups included.
    private static func life(_ traffic: VerdictTraffic, _ buckets: [Double], _ chance: inout VerdictChance)
        -> TrafficCounts
    {
        let answers = chance.count(mean: traffic.rate * traffic.life)
        var errors = chance.part(of: answers, share: traffic.share)
        if let every = traffic.hiccupsEvery {
            for _ in 0..<chance.count(mean: traffic.life / every) {
                errors += chance.count(
                    mean: chance.wait(mean: traffic.hiccupLength) * traffic.rate * traffic.hiccupShare)
            }
        }
        let latency = buckets.map { chance.count(mean: $0 * Double(answers)) }
        return TrafficCounts(
            accepted: answers, answers: answers, serverErrors: min(errors, answers), latency: LatencyCounts(latency))
    }

    private mutating func nextHiccup() {
        guard let every = traffic.hiccupsEvery else { return }
        let from = now + chance.wait(mean: every)
        hiccup = (from, from + chance.wait(mean: traffic.hiccupLength))
    }

    /// 50 ms of a part of the traffic.
    private mutating func step(_ counts: inout TrafficCounts, _ part: Double, _ buckets: [Double], points: Double) {
        if now >= hiccup.to { nextHiccup() }
        if now >= paceUntil {
            pace = traffic.bursts[Int(chance.uniform() * Double(traffic.bursts.count))]
            paceUntil = now + 0.5
        }
        let answers = chance.count(mean: traffic.rate * 0.05 * pace * part)
        guard answers > 0 else { return }
        // (Only the part of the 50 ms that the hiccup takes.)
        let struck = max(0, min(now + 0.05, hiccup.to) - max(now, hiccup.from)) / 0.05
        let share = min(1, traffic.share * traffic.drift + points / 100) + struck * traffic.hiccupShare
        counts.answers += answers
        counts.accepted += answers
        counts.serverErrors += chance.part(of: answers, share: min(1, share))
        count(answers, into: &counts.latency, buckets, part: 1 - struck)
        if struck > 0 { count(answers, into: &counts.latency, struckBuckets, part: struck) }
    }
}

extension VerdictTrial {
    private mutating func count(_ answers: Int, into latency: inout LatencyCounts, _ buckets: [Double], part: Double) {
        for index in buckets.indices where buckets[index] > 0 {
            latency.buckets[index] += chance.count(mean: buckets[index] * Double(answers) * part)
        }
    }
}

extension EvidencePolicy {
    /// The sequential tests alone.
    static let sequential: EvidencePolicy = {
        var policy = EvidencePolicy.exitsOnly
        (policy.errors, policy.latency) = (ErrorLimit(), LatencyLimit())
        return policy
    }()

    /// The thresholds alone, as they stood before there were tests.
    static let thresholds: EvidencePolicy = {
        var policy = EvidencePolicy.exitsOnly
        (policy.errors, policy.latency) = (.thresholds, LatencyLimit())
        policy.latency?.answers = 100
        return policy
    }()
}
