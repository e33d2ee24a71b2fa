/// Figures that decided against a new generation.
package enum Evidence: Equatable, Codable, Sendable {
    /// Too many answers were 5xx.
    case serverErrors(ServerErrors)
    /// Answers took too long.
    case slow(Slowness)
    /// The accept queue was too long, and became no shorter, for so long.
    case queue(length: Int, limit: Int, lasting: Duration)
    /// Nothing was accepted for so long while so many connections waited.
    case notAccepting(waiting: Int, lasting: Duration)
    /// None of the kept connections that were handed over was taken for so long, and some waited.
    case notAdopting(lasting: Duration)
    /// Nothing was answered for so long while so many requests were in flight.
    case notAnswering(inFlight: Int, lasting: Duration)
    /// So many probes in a row failed; why the last one did.
    case probes(count: Int, last: String)
    /// The release's own test failed so often in a row; how it did the last time.
    case test(count: Int, last: String)

    /// 5xx answers of both generations.
    package struct ServerErrors: Equatable, Codable, Sendable {
        /// 5xx answers of the new generation.
        package let errors: Int
        /// All its answers in the same time.
        package let answers: Int
        /// The generation that it is held against, and that one's share, from 0 to 1; nil: it has not answered.
        package let old: Reference?
        /// The share that would have been too much, from 0 to 1.
        package let limit: Double
    }

    /// What the old generation did.
    package struct Reference: Equatable, Codable, Sendable {
        package let generation: GenerationNumber
        package let share: Double
    }

    /// The 95th percentiles of both generations.
    package struct Slowness: Equatable, Codable, Sendable {
        /// The new generation's, at least.
        package let took: Duration
        /// How many answers it is taken from.
        package let answers: Int
        /// The generation that it is held against.
        package let old: GenerationNumber
        /// That one's, at most.
        package let oldTook: Duration
        /// What would have been too much.
        package let limit: Duration
    }
}

extension Evidence: CustomStringConvertible {
    /// What was seen, as a clause without an end.
    package var description: String {
        switch self {
        case .serverErrors(let seen):
            "\(seen.errors) of \(seen.answers) answers were 5xx"
                + " (\(Self.percent(Double(seen.errors) / Double(max(1, seen.answers)))))"
                + (seen.old.map { ", generation \($0.generation) had \(Self.percent($0.share))" } ?? "")
                + "; limit \(Self.percent(seen.limit))"
        case .slow(let seen):
            "the slowest 5 % of \(seen.answers) answers took \(seen.took.text) or more, in generation \(seen.old) "
                + "\(seen.oldTook.text); limit \(seen.limit.text)"
        case .queue(let length, let limit, let lasting):
            "\(length) connections wait to be accepted, no fewer for \(lasting.text); limit \(limit)"
        case .notAdopting(let lasting):
            "kept connections were handed over, and none was taken for \(lasting.text)"
        case .notAccepting(let waiting, let lasting):
            "no connection was accepted for \(lasting.text), while \(waiting) wait"
        case .notAnswering(let inFlight, let lasting):
            "no user's request was answered for \(lasting.text), while \(inFlight) are in flight"
        case .probes(let count, let last):
            count == 1 ? "a probe failed: \(last)" : "\(count) probes in a row failed; the last one: \(last)"
        case .test(let count, let last):
            count == 1 ? "its test \(last)" : "its test failed \(count) times in a row; the last time it \(last)"
        }
    }

    /// "15 %", "0.1 %": to a tenth of a percent, cut.
    static func percent(_ share: Double) -> String {
        let tenths = Int(share * 1000 + 1e-9)
        return tenths.isMultiple(of: 10) ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}
