/// A way in which a body was compressed beforehand (RFC 9110 section 8.4.1).
enum ContentCoding: CaseIterable, Sendable {
    // In the order of preference.
    case brotli, gzip

    /// The value of Content-Encoding.
    var token: StaticString {
        switch self {
        case .brotli: "br"
        case .gzip: "gzip"
        }
    }

    /// The suffix of a file that was compressed so.
    var suffix: String {
        switch self {
        case .brotli: ".br"
        case .gzip: ".gz"
        }
    }

    /// Whether the Accept-Encoding fields of a request take it (RFC 9110 section 12.5.3): named, or by `*`, with a weight
    /// above 0. Several fields are one list.
    func isAccepted(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        var byStar = false
        for field in head.fields where bytes.equalsIgnoringCase("accept-encoding", at: field.name.range) {
            if let isAccepted = isNamed(field.value.range, bytes, &byStar) { return isAccepted }
        }
        return byStar
    }

    /// The verdict of a list on this coding by name; nil if it has none. `byStar` gets that on all others.
    private func isNamed(_ range: Range<Int>, _ bytes: Span<UInt8>, _ byStar: inout Bool) -> Bool? {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = bytes.firstIndex(of: .comma, in: start..<range.upperBound) ?? range.upperBound
            let semicolon = bytes.firstIndex(of: 0x3b, in: start..<end)
            let name = bytes.trimmingWhitespace(start..<(semicolon ?? end))
            if bytes.equalsIgnoringCase(token, at: name)
                || self == .gzip && bytes.equalsIgnoringCase("x-gzip", at: name)
            {
                return Self.hasWeight(semicolon, end, bytes)
            }
            if bytes.equals("*", at: name) { byStar = Self.hasWeight(semicolon, end, bytes) }
            start = end + 1
        }
        return nil
    }

    /// A weight (`;q=`) behind a name, if there is one, is more than 0.
    private static func hasWeight(_ semicolon: Int?, _ end: Int, _ bytes: Span<UInt8>) -> Bool {
        guard let semicolon else { return true }
        let weight = bytes.trimmingWhitespace(semicolon + 1..<end)
        guard weight.count > 2, bytes[weight.lowerBound].asciiLowercase == 0x71, bytes[weight.lowerBound + 1] == 0x3d
        else { return true }
        for index in weight.lowerBound + 2..<weight.upperBound {
            if let digit = bytes[index].decimalDigit, digit > 0 { return true }
        }
        return false
    }
}
