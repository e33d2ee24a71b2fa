internal import Supervisor

/// Figures of the last minutes, a sample at a time: what a status has in sums becomes rates.
struct ConsoleSamples: Sendable {
    /// An instant.
    struct Sample: Encodable, Equatable, Sendable {
        /// Seconds since 1970.
        var time: Double
        /// Since the sample before.
        var seconds: Double
        var generations: [Generation]
    }

    /// A generation between two samples.
    struct Generation: Encodable, Equatable, Sendable {
        var number: Int
        var release: String
        /// Answers a second.
        var requests: Double
        /// Answers with a 5xx a second.
        var errors: Double
        /// Connections that are open; nil: nobody counts them.
        var connections: Int?
        /// Microseconds within which half, and 99 in 100, of these answers were given; nil: there were none.
        var p50: Double?
        var p99: Double?
    }

    /// Four minutes at two a second.
    static let limit = 480

    private(set) var all: [Sample] = []
    private var last: (time: Double, boards: [Int: ScoreboardReport])?

    /// Takes a status.
    ///
    /// - Parameter time: seconds since 1970.
    mutating func take(_ status: StatusReport, at time: Double) {
        let boards = Dictionary(
            status.generations.compactMap { generation in generation.scoreboard.map { (generation.number, $0) } },
            uniquingKeysWith: { first, _ in first })
        defer { last = (time, boards) }
        guard let last, time > last.time else { return }
        let seconds = time - last.time
        let generations = status.generations.compactMap { generation -> Generation? in
            guard let now = generation.scoreboard else { return nil }
            return Self.generation(generation, from: last.boards[generation.number], to: now, seconds: seconds)
        }
        all.append(Sample(time: time, seconds: seconds, generations: generations))
        if all.count > Self.limit { all.removeFirst(all.count - Self.limit) }
    }

    private static func generation(
        _ generation: GenerationReport, from old: ScoreboardReport?, to now: ScoreboardReport, seconds: Double
    ) -> Generation {
        // A worker that was replaced may have taken some of the sum with it.
        func rate(_ figure: (ScoreboardReport) -> Int) -> Double {
            max(0, Double(figure(now)) - Double(old.map(figure) ?? 0)) / seconds
        }
        let buckets = (now.latency?.buckets ?? []).enumerated().map { index, count in
            let before = old?.latency?.buckets ?? []
            return max(0, count &- (index < before.count ? before[index] : 0))
        }
        return Generation(
            number: generation.number, release: generation.release, requests: rate(\.requests),
            errors: rate(\.statusClasses.serverError), connections: now.connections,
            p50: quantile(0.5, of: buckets), p99: quantile(0.99, of: buckets))
    }

    /// The upper end of the bucket in which a share of the answers is reached.
    static func quantile(_ share: Double, of buckets: [Int]) -> Double? {
        let total = buckets.reduce(0.0) { $0 + Double($1) }
        guard total > 0 else { return nil }
        var sum = 0.0
        for (index, count) in buckets.enumerated() {
            sum += Double(count)
            guard sum >= share * total else { continue }
            // Two buckets to each doubling.
            let whole = Double(UInt64(1) << UInt64(min((index + 1) / 2, 62)))
            return (index + 1).isMultiple(of: 2) ? whole : whole * 1.414
        }
        return nil
    }
}
