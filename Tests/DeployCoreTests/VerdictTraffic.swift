import Glibc

@testable import DeployCore

/// What users do, and what befalls them whatever release they meet.
struct VerdictTraffic {
    /// Requests a second, on average.
    var rate = 200.0
    /// The part of them that is answered 5xx when nothing is amiss.
    var share = 0.001
    /// How much larger that part is today than over the old generation's life: the hour of the day.
    var drift = 1.0
    /// The rate of arrivals for half a second, in parts of the average; each as likely.
    var bursts = [1.0]
    /// From one hiccup of something behind to the next, in seconds; nil: there are none.
    var hiccupsEvery: Double?
    /// How long one is, in seconds, on average.
    var hiccupLength = 0.2
    /// The part of the answers that is 5xx while it lasts.
    var hiccupShare = 1.0
    /// The median of the time that an answer takes, in microseconds.
    var median = 10_000.0
    /// The standard deviation of its logarithm: 0.5 is light, 2 is heavy.
    var tail = 0.7
    /// The part of the connections that stays with the old generation in the watch: 0 where all move, more in a canary.
    var staying = 0.0
    /// How long the old generation has served, and how long the new one has booted, in seconds.
    var life = 3600.0
    var boot = 1.0

    /// What a bad release does on top of it.
    struct Badness {
        var points = 0.0
        var slower = 1.0
    }

    /// The probability of each bucket of the histogram: the logarithm of the time is normal.
    func buckets(slower: Double = 1) -> [Double] {
        let middle = log2(median * slower) * 2
        let width = tail * 2 / log(2)
        func below(_ bucket: Int) -> Double { 0.5 * erfc((middle - Double(bucket)) / width / 2.0.squareRoot()) }
        return (0..<64).map { below($0 + 1) - below($0) }.map { $0 < 1e-7 ? 0 : $0 }
    }
}

/// Of what shapes traffic is when a release is deployed that is as good as the old one.
enum VerdictShape: String, CaseIterable {
    case steady, bursts, waves, hiccups, outages, incident, tails, canary, fresh

    func traffic(_ chance: inout VerdictChance) -> VerdictTraffic {
        var traffic = VerdictTraffic()
        traffic.rate = chance.magnitude(1, 10_000)
        traffic.share = chance.uniform() < 0.3 ? 0 : chance.magnitude(0.0001, 0.1)
        traffic.life = chance.magnitude(60, 86_400)
        traffic.boot = chance.magnitude(0.3, 10)
        traffic.median = chance.magnitude(500, 500_000)
        switch self {
        case .steady: break
        case .bursts: traffic.bursts = [0, 0.2, 0.5, 1, 3.3]
        // A share that is, at this hour, up to half as large again as over the day.
        case .waves: traffic.drift = 1 + 0.5 * chance.uniform()
        case .hiccups:
            traffic.hiccupsEvery = chance.magnitude(10, 600)
            traffic.hiccupLength = chance.magnitude(0.02, 0.2)
            traffic.hiccupShare = chance.magnitude(0.1, 1)
        // Half a second to two: as long as what the test takes for a fault of the release.
        case .outages:
            traffic.hiccupsEvery = chance.magnitude(600, 7200)
            traffic.hiccupLength = chance.magnitude(0.5, 2)
            traffic.hiccupShare = chance.magnitude(0.1, 1)
        // It is deployed while something has been amiss for some minutes.
        case .incident: traffic.drift = chance.magnitude(2, 30)
        case .tails: traffic.tail = 1 + chance.uniform()
        case .canary:
            traffic.staying = 0.5 + 0.4 * chance.uniform()
            traffic.hiccupsEvery = chance.magnitude(5, 60)
            traffic.hiccupLength = chance.magnitude(0.1, 2)
        // The old generation has hardly served.
        case .fresh: traffic.life = chance.magnitude(1, 60)
        }
        return traffic
    }
}
