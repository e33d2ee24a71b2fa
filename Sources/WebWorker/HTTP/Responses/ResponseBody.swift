/// Takes a response's body off its framing, in as many pieces as it arrives in.
struct ResponseBody: Sendable {
    enum Outcome: Equatable, Sendable {
        /// All bytes are used; more must come.
        case incomplete
        /// The body ends before this offset.
        case complete(consumed: Int)
        /// A chunk against the grammar.
        case malformed
    }

    private let framing: ResponseFraming
    private var remaining: UInt64 = 0
    private var decoder = ChunkedDecoder()

    init(_ framing: ResponseFraming) {
        self.framing = framing
        if case .length(let length) = framing { remaining = length }
    }

    var isEmpty: Bool { framing == .none || framing == .length(0) }
    /// The close of the connection ends the body, and loses nothing.
    var endsByClose: Bool { framing == .untilClose }

    /// Reads `bytes` from `start` on. What of them is data as it stands is in `direct`; the data of chunks is appended to
    /// `decoded`, and `direct` is empty.
    mutating func take(
        _ bytes: Span<UInt8>, from start: Int, decoded: inout [UInt8]
    ) -> (direct: Range<Int>, outcome: Outcome) {
        switch framing {
        case .none: return (start..<start, .complete(consumed: start))
        case .untilClose: return (start..<bytes.count, .incomplete)
        case .length:
            let end = start + Int(min(remaining, UInt64(bytes.count - start)))
            remaining -= UInt64(end - start)
            return (start..<end, remaining == 0 ? .complete(consumed: end) : .incomplete)
        case .chunked:
            switch decoder.decode(bytes, from: start, into: &decoded, limit: .max) {
            case .incomplete: return (start..<start, .incomplete)
            case .complete(let consumed): return (start..<start, .complete(consumed: consumed))
            case .malformed: return (start..<start, .malformed)
            }
        }
    }
}
