import Glibc

@testable import DeployCore

/// The figures of many simulated deploys, beside those of fixed thresholds in the same run: for `scripts/verdicts`.
enum VerdictReport {
    /// A release that is worse, in some traffic, and within how many seconds half of the deploys should find it.
    private struct Worse {
        let name: String
        let traffic: VerdictTraffic
        let badness: VerdictTraffic.Badness
        var limit: Double?
        var policies = [EvidencePolicy.sequential, .thresholds]
    }

    /// Prints the tables, and ends the process: with 1 when a figure is not as it should be.
    static func print(deploys: Int) -> Never {
        let each = max(1, deploys / VerdictShape.allCases.count)
        Swift.print("releases that are no worse, \(each) of each shape: rolled back in the 5 s of the watch")
        Swift.print(row(["", "tests", "thresholds"]))
        var isGood = true
        var sums = [0, 0]
        for shape in VerdictShape.allCases {
            let alarms = alarms(shape, each)
            for index in sums.indices { sums[index] += alarms[index] }
            isGood = isGood && Double(alarms[0]) <= 0.01 * Double(each) + 3 * (0.01 * Double(each)).squareRoot()
            Swift.print(row([shape.rawValue] + alarms.map { percent($0, of: each) }))
        }
        let all = each * VerdictShape.allCases.count
        Swift.print(row(["all"] + sums.map { percent($0, of: all) }))
        isGood = isGood && sums[0] * 100 <= all

        Swift.print(
            "\nreleases that are worse, 1,000 of each: median and 90th percentile of the time until they are found")
        for worse in worseReleases() {
            let times = times(worse)
            if let limit = worse.limit { isGood = isGood && times[0][500] <= limit }
            Swift.print(row([worse.name] + times.map { "\(seconds($0[500])), \(seconds($0[900]))" }))
        }
        exit(isGood ? 0 : 1)
    }

    private static func alarms(_ shape: VerdictShape, _ count: Int) -> [Int] {
        var alarms = [0, 0]
        for seed in 0..<count {
            var chance = VerdictChance(seed: UInt64(seed) &* 7919 &+ 13)
            let traffic = shape.traffic(&chance)
            var trial = VerdictTrial(traffic, .init(), chance)
            for (index, verdict) in trial.run([.sequential, .thresholds]).enumerated() where verdict != nil {
                alarms[index] += 1
            }
        }
        return alarms
    }

    private static func times(_ worse: Worse) -> [[Double]] {
        var times = worse.policies.map { _ in [Double]() }
        for seed in 0..<1000 {
            var trial = VerdictTrial(worse.traffic, worse.badness, VerdictChance(seed: UInt64(seed) &+ 77))
            for (index, time) in trial.run(worse.policies, seconds: 10).enumerated() {
                times[index].append(time ?? .infinity)
            }
        }
        return times.map { $0.sorted() }
    }

    private static func worseReleases() -> [Worse] {
        var list: [Worse] = []
        func add(
            _ name: String, rate: Double, share: Double = 0.001, _ badness: VerdictTraffic.Badness,
            within: Double? = nil
        ) {
            var traffic = VerdictTraffic()
            (traffic.rate, traffic.share) = (rate, share)
            var worse = Worse(name: name, traffic: traffic, badness: badness, limit: within)
            if badness.slower > 1 { worse.policies = worse.policies.map(\.strict) }
            list.append(worse)
        }
        add("+5 points of 5xx, 200/s, old 0.1 %", rate: 200, .init(points: 5), within: 1)
        add("+5 points of 5xx, 200/s, old 1 %", rate: 200, share: 0.01, .init(points: 5))
        add("+0.5 points of 5xx, 2,000/s, old 0.1 %", rate: 2000, .init(points: 0.5), within: 5)
        add("+0.5 points of 5xx, 2,000/s, old 1 %", rate: 2000, share: 0.01, .init(points: 0.5))
        add("+20 points of 5xx, 100/s, old 0", rate: 100, share: 0, .init(points: 20), within: 1)
        add("every answer 5xx, 2,000/s, old 0.1 %", rate: 2000, .init(points: 100), within: 0.2)
        add("every answer 5xx, 100/s, old 0.1 %", rate: 100, .init(points: 100), within: 0.3)
        add("every answer 5xx, 2/s, old 0", rate: 2, share: 0, .init(points: 100), within: 4)
        add("p95 doubled, 200/s, factor 1", rate: 200, .init(slower: 2), within: 5)
        add("p95 doubled, 20/s, factor 1", rate: 20, .init(slower: 2), within: 5)
        return list
    }

    private static func row(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let width = index == 0 ? 42 : 16
            return index == 0
                ? cell + String(repeating: " ", count: max(1, width - cell.count))
                : String(repeating: " ", count: max(1, width - cell.count)) + cell
        }.joined()
    }

    private static func percent(_ part: Int, of all: Int) -> String {
        "\(Double((part * 10_000 + all / 2) / all) / 100) %"
    }

    private static func seconds(_ time: Double) -> String {
        time.isFinite ? "\((time * 100).rounded() / 100) s" : "never"
    }
}

extension EvidencePolicy {
    /// The same, but any 95th percentile that is larger than the old generation's counts.
    var strict: EvidencePolicy {
        var policy = self
        policy.latency?.factor = 1
        policy.latency?.above = .zero
        return policy
    }
}
