/// The types of bodies that are compressed, as a loop looks for them.
struct CompressedTypes: Sendable {
    private var whole: [[UInt8]] = []
    private var beginnings: [[UInt8]] = []
    private var ends: [[UInt8]] = []

    init(_ types: [String]) {
        for type in types {
            let bytes = type.utf8.map(\.asciiLowercase)
            if bytes.last == 0x2a {
                beginnings.append(Array(bytes.dropLast()))
            } else if bytes.first == 0x2a {
                ends.append(Array(bytes.dropFirst()))
            } else {
                whole.append(bytes)
            }
        }
    }

    /// Whether the value of a Content-Type is of one of them (RFC 9110 section 8.3.1); its parameters do not count.
    func contains(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        let end = bytes.firstIndex(of: 0x3b, in: range) ?? range.upperBound
        let type = bytes.trimmingWhitespace(range.lowerBound..<end)
        if bytes.equalsIgnoringCase("text/event-stream", at: type) { return false }
        for name in whole where bytes.equalsIgnoringCase(name, at: type) { return true }
        for name in beginnings where type.count > name.count {
            if bytes.equalsIgnoringCase(name, at: type.prefix(name.count)) { return true }
        }
        for name in ends where type.count > name.count {
            if bytes.equalsIgnoringCase(name, at: type.suffix(name.count)) { return true }
        }
        return false
    }
}
