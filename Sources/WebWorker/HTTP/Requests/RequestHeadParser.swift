/// Finds a request's head at the beginning of a buffer, strictly by RFC 9112.
///
/// The contract is picohttpparser's: a head is complete, incomplete or malformed. The parser remembers how far it has
/// looked, so a slow sender costs each byte once: call `parse` again with the same bytes and more behind them.
/// It copies nothing; `head` keeps places. Nothing that another server could read differently is let through:
/// lines end in CRLF only, no folding, no space before a colon, one framing.
struct RequestHeadParser: Sendable {
    enum Outcome: Equatable, Sendable {
        /// A whole head, which ends before this offset.
        case complete(consumed: Int)
        /// A good beginning: more bytes are needed.
        case incomplete
        /// Not a request that we take.
        case malformed(Refusal)
    }

    /// The head, once `parse` has said that it is complete.
    private(set) var head = RequestHead()
    private let limits: HeadLimits
    private var facts = FramingFacts()
    private var knownHost = KnownHost()
    private var requestLine = RequestLine(at: 0)
    private var requestLineSeen = false
    private var lineStart = 0
    private var scanned = 0

    init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

    /// Makes the parser ready for the next head; keeps the memory.
    mutating func reset() {
        head.reset()
        facts = FramingFacts()
        requestLine = RequestLine(at: 0)
        requestLineSeen = false
        lineStart = 0
        scanned = 0
    }

    /// Looks for the end of the head that begins at offset 0 of `bytes`.
    mutating func parse(_ bytes: Span<UInt8>) -> Outcome {
        while true {
            let stop = LineScanner.firstControl(in: bytes, from: scanned)
            scanned = stop
            if let refusal = begun(bytes, to: stop) ?? exceeded(at: stop) { return .malformed(refusal) }
            guard stop < bytes.count else { return .incomplete }
            guard bytes[stop] == .carriageReturn else {
                return .malformed(bytes[stop] == .lineFeed ? .bareLineEnd : .controlCharacter)
            }
            guard stop + 1 < bytes.count else { return .incomplete }
            guard bytes[stop + 1] == .lineFeed else { return .malformed(.bareLineEnd) }
            let line = lineStart..<stop
            scanned = stop + 2
            lineStart = scanned
            if let outcome = take(line, of: bytes) { return outcome }
        }
    }

    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) -> Outcome? {
        if !requestLineSeen {
            if line.isEmpty {  // RFC 9112 section 2.2: empty lines before the request line are skipped.
                requestLine = RequestLine(at: lineStart)
                return nil
            }
            if let refusal = requestLine.finish(bytes, into: &head) { return .malformed(refusal) }
            requestLineSeen = true
            return nil
        }
        if line.isEmpty {
            if let refusal = facts.settle(&head, bytes) { return .malformed(refusal) }
            return .complete(consumed: scanned)
        }
        guard head.fields.count < limits.maxFields else { return .malformed(.headTooLarge) }
        return takeField(line, of: bytes).map { .malformed($0) }
    }

    private mutating func takeField(_ line: Range<Int>, of bytes: Span<UInt8>) -> Refusal? {
        guard let field = RequestHead.Field(line, of: bytes) else { return .field }
        head.fields.append(field)
        return facts.note(name: field.name.range, value: field.value.range, bytes, &knownHost)
    }

    /// Checks the bytes of a line that has not ended yet.
    private mutating func begun(_ bytes: Span<UInt8>, to stop: Int) -> Refusal? {
        guard requestLineSeen else { return requestLine.advance(bytes, to: stop, into: &head) }
        guard lineStart < stop else { return nil }
        return bytes[lineStart].isBlank ? .foldedLine : nil
    }

    private func exceeded(at offset: Int) -> Refusal? {
        if !requestLineSeen {
            return offset - lineStart > limits.maxRequestLineBytes ? .targetTooLong : nil
        }
        return offset - lineStart > limits.maxFieldBytes || offset > limits.maxHeadBytes ? .headTooLarge : nil
    }
}
