/// Facts on framing and persistence from the fields of a response, gathered line by line and judged at the head's end.
struct ResponseFacts: Sendable {
    private var contentLength: UInt64?
    private var isChunked = false
    private var closeAsked = false
    private var keepAliveAsked = false

    /// Takes note of one field; finds fault with one that cannot be right.
    mutating func note(name: Range<Int>, value: Range<Int>, _ bytes: Span<UInt8>) -> ResponseFault? {
        switch name.count {
        case 10 where bytes.equalsIgnoringCase("connection", at: name):
            closeAsked = closeAsked || ConnectionOptions.contains("close", value, bytes)
            keepAliveAsked = keepAliveAsked || ConnectionOptions.contains("keep-alive", value, bytes)
        case 14 where bytes.equalsIgnoringCase("content-length", at: name):
            guard contentLength == nil, let length = bytes.decimal(value) else { return .contentLength }
            contentLength = length
        case 17 where bytes.equalsIgnoringCase("transfer-encoding", at: name):
            // Another coding could not be taken off, and was not asked for: no TE is ever sent.
            guard !isChunked, bytes.equalsIgnoringCase("chunked", at: value) else { return .transferEncoding }
            isChunked = true
        default: break
        }
        return nil
    }

    /// Judges the whole head and writes the result into it (RFC 9112 section 6.3).
    func settle(_ head: inout ResponseHead, toHead: Bool) -> ResponseFault? {
        head.contentLength = contentLength
        let isBodiless = toHead || head.status < 200 || head.status == 204 || head.status == 304
        if isChunked {
            guard contentLength == nil, head.minorVersion == 1 else { return .transferEncoding }
            head.framing = isBodiless ? .none : .chunked
        } else if isBodiless {
            head.framing = .none
        } else {
            head.framing = contentLength.map { .length($0) } ?? .untilClose
        }
        head.isPersistent =
            !closeAsked && (head.minorVersion == 1 || keepAliveAsked) && head.framing != .untilClose
        return nil
    }
}

extension Span where Element == UInt8 {
    /// The number that the bytes in `range` are the decimal digits of, 18 at most; nil when they are not only digits.
    func decimal(_ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty, range.count <= 18 else { return nil }
        var number: UInt64 = 0
        for place in range {
            guard let digit = self[place].decimalDigit else { return nil }
            number = number * 10 + UInt64(digit)
        }
        return number
    }
}
