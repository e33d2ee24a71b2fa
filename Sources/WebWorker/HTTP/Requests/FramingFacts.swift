/// What the fields of one head say about framing, host and persistence, gathered line by line and judged at its end.
///
/// Anything of which two servers could make two different messages is refused (RFC 9112 sections 6.3 and 11.2).
struct FramingFacts: Sendable {
    private var hostCount = 0
    private var host = ByteRange.empty
    private var contentTypeSeen = false
    private var contentLength: UInt64?
    private var isChunked = false
    private var closeAsked = false
    private var keepAliveAsked = false
    private var continueExpected = false

    /// Takes note of one field; refuses one that cannot be right in any message.
    @inline(__always)
    mutating func note(
        name: Range<Int>, value: Range<Int>, _ bytes: Span<UInt8>, _ known: inout KnownHost
    ) -> Refusal? {
        switch name.count {
        case 4 where bytes.equalsIgnoringCase("host", at: name):
            hostCount += 1
            host = ByteRange(value.lowerBound, value.upperBound)
            return hostCount > 1 || !value.isEmpty && !known.isRight(value, bytes) ? .host : nil
        case 6 where bytes.equalsIgnoringCase("expect", at: name):
            guard bytes.equalsIgnoringCase("100-continue", at: value) else { return .expectation }
            continueExpected = true
        case 10 where bytes.equalsIgnoringCase("connection", at: name):
            noteConnection(value, bytes)
        case 12 where bytes.equalsIgnoringCase("content-type", at: name):
            guard !contentTypeSeen else { return .field }  // A singleton (RFC 9110 section 8.3).
            contentTypeSeen = true
        case 14: return noteLength(name, value, bytes)
        case 17: return noteCoding(name, value, bytes)
        default: break
        }
        return nil
    }

    private mutating func noteConnection(_ value: Range<Int>, _ bytes: Span<UInt8>) {
        var start = value.lowerBound
        while start < value.upperBound {
            let end = bytes.firstIndex(of: .comma, in: start..<value.upperBound) ?? value.upperBound
            let option = bytes.trimmingWhitespace(start..<end)
            if bytes.equalsIgnoringCase("close", at: option) { closeAsked = true }
            if bytes.equalsIgnoringCase("keep-alive", at: option) { keepAliveAsked = true }
            start = end + 1
        }
    }

    /// One Content-Length of digits only; a list of equal ones is refused too, as RFC 9112 section 6.3 allows.
    private mutating func noteLength(_ name: Range<Int>, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Refusal? {
        guard bytes.equalsIgnoringCase("content-length", at: name) else {
            // A server behind that turns `_` into `-` would see a second length.
            return bytes.equalsIgnoringCase("content_length", at: name) ? .field : nil
        }
        guard contentLength == nil, !value.isEmpty, value.count <= 18 else { return .contentLength }
        var length: UInt64 = 0
        for place in value {
            guard let digit = bytes[place].decimalDigit else { return .contentLength }
            length = length * 10 + UInt64(digit)
        }
        contentLength = length
        return nil
    }

    /// `chunked`, once and alone. Other codings before it are not known here; behind it they hide the end of the body.
    private mutating func noteCoding(_ name: Range<Int>, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Refusal? {
        guard bytes.equalsIgnoringCase("transfer-encoding", at: name) else {
            return bytes.equalsIgnoringCase("transfer_encoding", at: name) ? .field : nil
        }
        guard !isChunked, !value.isEmpty else { return .transferEncoding }
        if bytes.equalsIgnoringCase("chunked", at: value) {
            isChunked = true
            return nil
        }
        var start = value.lowerBound
        var chunkedSeen = false
        while start <= value.upperBound {
            let end = bytes.firstIndex(of: .comma, in: start..<value.upperBound) ?? value.upperBound
            let coding = bytes.trimmingWhitespace(start..<end)
            guard !coding.isEmpty, !chunkedSeen else { return .transferEncoding }
            for place in coding where !ByteClass.token.contains(bytes[place]) { return .transferEncoding }
            chunkedSeen = bytes.equalsIgnoringCase("chunked", at: coding)
            start = end + 1
        }
        return .unknownCoding
    }

    /// Judges the whole head and writes the result into it.
    @inline(__always)
    func settle(_ head: inout RequestHead, _ bytes: Span<UInt8>) -> Refusal? {
        guard hostCount == 1 || head.minorVersion == 0 else { return .host }
        if hostCount == 1 {
            // Empty only where the target has no authority (RFC 9112 section 3.2), which an http URI always has.
            guard !host.isEmpty || head.form == .asterisk else { return .host }
            if head.form != .absolute { head.authority = host }
        }
        if isChunked {
            guard contentLength == nil, head.minorVersion == 1 else { return .transferEncoding }
            head.framing = .chunked
        } else if let length = contentLength, length > 0 {
            head.framing = .length(length)
        }
        head.isPersistent = !closeAsked && (head.minorVersion == 1 || keepAliveAsked)
        head.expectsContinue = continueExpected && head.minorVersion == 1
        return nil
    }
}
