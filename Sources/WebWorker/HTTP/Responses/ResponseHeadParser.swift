/// Finds a response's head at the beginning of a buffer, by RFC 9112, as strictly as `RequestHeadParser` does a request's.
///
/// Call `parse` again with the same bytes and more behind them: each byte is looked at once.
struct ResponseHeadParser: Sendable {
    enum Outcome: Equatable, Sendable {
        /// A whole head, which ends before this offset.
        case complete(consumed: Int)
        /// A good beginning: more bytes are needed.
        case incomplete
        /// Not a response that we take.
        case malformed(ResponseFault)
    }

    /// The largest head, in bytes. Larger than a request's: an application's cookies are its own choice.
    static let maxHeadBytes = 64 * 1024
    static let maxFields = 200

    /// The head, once `parse` has said that it is complete.
    private(set) var head = ResponseHead()
    private var facts = ResponseFacts()
    private var statusLineSeen = false
    private var lineStart = 0
    private var scanned = 0

    /// Makes the parser ready for the next head; keeps the memory.
    mutating func reset() {
        head.reset()
        facts = ResponseFacts()
        statusLineSeen = false
        lineStart = 0
        scanned = 0
    }

    /// Looks for the end of the head that begins at offset 0 of `bytes`; `toHead` for the answer to a HEAD.
    mutating func parse(_ bytes: Span<UInt8>, toHead: Bool) -> Outcome {
        while true {
            let stop = LineScanner.firstControl(in: bytes, from: scanned)
            scanned = stop
            guard stop <= Self.maxHeadBytes else { return .malformed(.headTooLarge) }
            if statusLineSeen, lineStart < stop, bytes[lineStart].isBlank {
                return .malformed(.foldedLine)
            }
            guard stop < bytes.count else { return .incomplete }
            guard bytes[stop] == .carriageReturn else {
                return .malformed(bytes[stop] == .lineFeed ? .bareLineEnd : .controlCharacter)
            }
            guard stop + 1 < bytes.count else { return .incomplete }
            guard bytes[stop + 1] == .lineFeed else { return .malformed(.bareLineEnd) }
            let line = lineStart..<stop
            scanned = stop + 2
            lineStart = scanned
            if line.isEmpty, statusLineSeen {
                if let fault = facts.settle(&head, toHead: toHead) { return .malformed(fault) }
                return .complete(consumed: scanned)
            }
            if let fault = take(line, of: bytes) { return .malformed(fault) }
        }
    }

    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) -> ResponseFault? {
        guard statusLineSeen else {
            statusLineSeen = true
            return takeStatusLine(line, of: bytes)
        }
        guard head.fields.count < Self.maxFields else { return .headTooLarge }
        guard let field = RequestHead.Field(line, of: bytes) else { return .field }
        head.fields.append(field)
        return facts.note(name: field.name.range, value: field.value.range, bytes)
    }

    /// `HTTP/1.x SP 3DIGIT [ SP reason ]`: the space before an empty reason is left out by many.
    private mutating func takeStatusLine(_ line: Range<Int>, of bytes: Span<UInt8>) -> ResponseFault? {
        let start = line.lowerBound
        guard line.count >= 12, bytes.equals("HTTP/1.", at: start..<start + 7),
            let minor = bytes[start + 7].decimalDigit, bytes[start + 8] == .space
        else { return .statusLine }
        var status = 0
        for place in start + 9..<start + 12 {
            guard let digit = bytes[place].decimalDigit else { return .statusLine }
            status = status * 10 + Int(digit)
        }
        guard status >= 100, line.count == 12 || bytes[start + 12] == .space else { return .statusLine }
        head.status = status
        head.minorVersion = min(minor, 1)
        head.reason = line.count > 13 ? ByteRange(start + 13, line.upperBound) : .empty
        return nil
    }
}
