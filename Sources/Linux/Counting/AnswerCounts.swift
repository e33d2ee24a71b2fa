/// The counters of a slot at one moment. ``CountingProgram`` says what is counted.
package struct AnswerCounts: Equatable, Sendable {
    private let words: [UInt64]

    /// Reads a slot's value.
    init(_ bytes: [UInt8]) {
        words = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }

    private subscript(_ counter: CountingProgram.Counter) -> UInt64 { word(counter.rawValue) }

    /// Requests that came.
    package var requests: UInt64 { self[.requests] }
    /// Answers whose status begins with this digit, 1 to 5; 501 and 505 are with the 4xx.
    package func answers(class digit: Int) -> UInt64 { (1...5).contains(digit) ? word(digit) : 0 }
    /// Answers in all.
    package var answers: UInt64 { (1...5).reduce(0) { $0 &+ answers(class: $1) } }
    /// Answers to probes, which are in no other number.
    package var probes: UInt64 { self[.probes] }
    /// Requests whose connection ended before an answer.
    package var unanswered: UInt64 { self[.unanswered] }
    /// Connections on which an answer went out.
    package var connections: UInt64 { self[.connections] }
    /// Requests that wait for their answer, as far as it was seen how they end.
    package var inFlight: UInt64 {
        let done = answers &+ unanswered
        return requests > done ? requests - done : 0
    }
    /// Durations of answers, from the request's first bytes to the answer's: bucket n counts those of at least 2^(n/2)
    /// microseconds and less than 2^((n+1)/2); the last one is open at the top.
    package var latency: [UInt64] {
        (0..<CountingProgram.latencyBuckets).map { word(CountingProgram.latencyStart + $0) }
    }
}
