/// The counters of a slot at one moment, bounded. ``CountingProgram`` says what is counted.
package struct AnswerCounts: Equatable, Sendable {
    /// More than this is this: sums of all, times a hundred, fit an `Int`, and no honest count comes near it.
    private static let largest: UInt64 = 1 << 48

    private let words: [Int]

    /// Reads a slot's value.
    init(_ bytes: [UInt8]) {
        words = stride(from: 0, to: bytes.count, by: 8).map { start in
            let word = bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            return Int(min(word, Self.largest))
        }
    }

    private func word(_ index: Int) -> Int { index < words.count ? words[index] : 0 }

    private subscript(_ counter: CountingProgram.Counter) -> Int { word(counter.rawValue) }

    /// Requests that came.
    package var requests: Int { self[.requests] }
    /// Answers whose status begins with this digit, 1 to 5; 501 and 505 are with the 4xx.
    package func answers(class digit: Int) -> Int { (1...5).contains(digit) ? word(digit) : 0 }
    /// Answers in all.
    package var answers: Int { (1...5).reduce(0) { $0 + answers(class: $1) } }
    /// Answers to probes, which are in no other number.
    package var probes: Int { self[.probes] }
    /// Requests whose connection ended before an answer.
    package var unanswered: Int { self[.unanswered] }
    /// Connections on which an answer went out.
    package var connections: Int { self[.connections] }
    /// Requests that wait for their answer, as far as it was seen how they end.
    package var inFlight: Int { max(0, requests - answers - unanswered) }
    /// Durations of answers, from the request's first bytes to the answer's: bucket n counts those of at least 2^(n/2)
    /// microseconds and less than 2^((n+1)/2); the last one is open at the top.
    package var latency: [Int] {
        (0..<CountingProgram.latencyBuckets).map { word(CountingProgram.latencyStart + $0) }
    }
}
