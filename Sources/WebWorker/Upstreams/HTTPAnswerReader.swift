/// Takes the answer of an HTTP server apart, in as many pieces as it arrives in.
struct HTTPAnswerReader: Sendable {
    private enum State: Sendable {
        case head  // -> body, tunnel, ended
        case body  // -> ended
        case tunnel
        case ended
    }

    /// The most interim answers (1xx) before the final one. They are not passed on: what 100 says is said already, and
    /// the others are hints (RFC 9110 section 15.2).
    private static let maxInterim = 8

    private var toHead = false
    private var asksUpgrade = false
    private var state = State.head
    private var parser = ResponseHeadParser()
    private var body = ResponseBody(.none)
    private var kept: [UInt8] = []
    private var interim = 0
    /// Data that were in chunks.
    private var decoded: [UInt8] = []

    /// Begins anew, for the answer to another request: a HEAD, one that asked for an upgrade, or neither. Keeps the memory.
    mutating func reset(toHead: Bool, asksUpgrade: Bool) {
        self.toHead = toHead
        self.asksUpgrade = asksUpgrade
        state = .head
        parser.reset()
        kept = []
        interim = 0
        decoded.removeAll(keepingCapacity: true)
    }

    /// Takes the data of the last `decoded`.
    mutating func takeDecoded() -> [UInt8] {
        var data: [UInt8] = []
        swap(&data, &decoded)
        return data
    }

    /// Reads on at `index`, which moves behind what the piece covers.
    mutating func next(_ bytes: Span<UInt8>, at index: inout Int) -> AnswerPiece {
        switch state {
        case .head: return nextHead(bytes, at: &index)
        case .body: return nextData(bytes, at: &index)
        case .tunnel:
            guard index < bytes.count else { return .incomplete }
            defer { index = bytes.count }
            return .data(index..<bytes.count)
        case .ended: return .end(keepsAlive: parser.head.isPersistent && index == bytes.count)
        }
    }

    /// The server closed its side: the end of the answer if that is how it ends; nil when something is missing.
    func close() -> AnswerPiece? {
        switch state {
        case .body where body.endsByClose, .tunnel, .ended: .end(keepsAlive: false)
        case .head, .body: nil
        }
    }

    private mutating func nextHead(_ bytes: Span<UInt8>, at index: inout Int) -> AnswerPiece {
        while index < bytes.count {
            let before = kept.count
            let outcome: ResponseHeadParser.Outcome
            if before == 0 {
                outcome = parser.parse(bytes.extracting(index...), toHead: toHead)
            } else {
                bytes.append(index..<bytes.count, to: &kept)
                let all = kept
                outcome = parser.parse(all.span, toHead: toHead)
            }
            switch outcome {
            case .malformed(let fault): return .malformed(fault)
            case .incomplete:
                if before == 0 { bytes.append(index..<bytes.count, to: &kept) }
                index = bytes.count
                return .incomplete
            case .complete(let consumed):
                let start = index
                index += consumed - before
                if parser.head.isInterim {
                    interim += 1
                    guard interim <= Self.maxInterim else { return .malformed(.interim) }
                    kept = []
                    parser.reset()
                    continue
                }
                let head =
                    before == 0
                    ? PassedHead(parser.head, bytes.extracting(start..<index)) : PassedHead(parser.head, kept.span)
                kept = []
                return begin(head)
            }
        }
        return .incomplete
    }

    private mutating func begin(_ head: PassedHead) -> AnswerPiece {
        if head.status == 101 {
            guard asksUpgrade else { return .malformed(.unaskedUpgrade) }
            state = .tunnel
            return .upgrade(head)
        }
        body = ResponseBody(parser.head.framing)
        state = body.isEmpty ? .ended : .body
        return .head(head)
    }

    private mutating func nextData(_ bytes: Span<UInt8>, at index: inout Int) -> AnswerPiece {
        guard index < bytes.count else { return .incomplete }
        let (direct, outcome) = body.take(bytes, from: index, decoded: &decoded)
        switch outcome {
        case .malformed: return .malformed(.chunk)
        case .incomplete: index = bytes.count
        case .complete(let consumed):
            index = consumed
            state = .ended
        }
        if !direct.isEmpty { return .data(direct) }
        if !decoded.isEmpty { return .decoded }
        return next(bytes, at: &index)
    }
}
