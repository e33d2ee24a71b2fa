@testable import WebWorker

/// Reads whole requests, head and body, from a growing buffer, as a connection does; the bodies are kept.
struct RequestReader {
    enum Outcome: Equatable {
        /// Everything that was given made whole requests.
        case complete
        case incomplete
        case refused(Refusal)
    }

    private(set) var requests = 0
    /// Heads that were accepted; a body may still be missing.
    private(set) var heads = 0
    /// Whether a method came that every route refuses with 501.
    private(set) var unknownMethodSeen = false
    private(set) var bodies: [[UInt8]] = []
    private var parser = RequestHeadParser()
    private var buffer: [UInt8] = []
    private var headCounted = false

    /// Feeds `bytes` and reads as far as possible.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> Outcome {
        buffer.append(contentsOf: bytes)
        while !buffer.isEmpty {
            let bytes = buffer
            switch parser.parse(bytes.span) {
            case .malformed(let refusal): return .refused(refusal)
            case .incomplete: return .incomplete
            case .complete(let consumed):
                if !headCounted { heads += 1 }
                headCounted = true
                if parser.head.method == .other { unknownMethodSeen = true }
                switch body(from: consumed) {
                case .malformed(let refusal): return .refused(refusal)
                case .incomplete: return .incomplete
                case .complete(let end):
                    requests += 1
                    headCounted = false
                    buffer.removeFirst(end)
                    parser.reset()
                }
            }
        }
        return .complete
    }

    private mutating func body(from start: Int) -> ChunkedDecoder.Outcome {
        switch parser.head.framing {
        case .none:
            bodies.append([])
            return .complete(consumed: start)
        case .length(let length):
            guard UInt64(buffer.count - start) >= length else {
                parser.reset()
                return .incomplete
            }
            bodies.append(Array(buffer[start..<start + Int(length)]))
            return .complete(consumed: start + Int(length))
        case .chunked:
            var decoder = ChunkedDecoder()
            var body: [UInt8] = []
            let bytes = buffer
            let outcome = decoder.decode(bytes.span, from: start, into: &body, limit: 1 << 20)
            if case .complete = outcome { bodies.append(body) } else { parser.reset() }
            return outcome
        }
    }
}
