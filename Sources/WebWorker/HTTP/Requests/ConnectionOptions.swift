/// The Connection fields of a head: they name fields that go no further than one connection (RFC 9110 section 7.6.1).
struct ConnectionOptions: Sendable {
    /// The names that Connection has, beside those that never go further anyway.
    private var named: [ByteRange] = []
    private(set) var asksUpgrade = false

    /// Reads the Connection fields of a head.
    init(_ fields: [RequestHead.Field], _ bytes: Span<UInt8>) {
        for field in fields where bytes.equalsIgnoringCase("connection", at: field.name.range) {
            var start = field.value.lowerBound
            while start < field.value.upperBound {
                let end = bytes.firstIndex(of: .comma, in: start..<field.value.upperBound) ?? field.value.upperBound
                note(bytes.trimmingWhitespace(start..<end), bytes)
                start = end + 1
            }
        }
    }

    private mutating func note(_ option: Range<Int>, _ bytes: Span<UInt8>) {
        if bytes.equalsIgnoringCase("upgrade", at: option) {
            asksUpgrade = true
        } else if !option.isEmpty, !bytes.equalsIgnoringCase("close", at: option), !Self.isHopByHop(option, bytes) {
            named.append(ByteRange(option.lowerBound, option.upperBound))
        }
    }

    /// The field of this name must not be forwarded.
    func endsHere(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        if Self.isHopByHop(name, bytes) { return true }
        for option in named where bytes.isEqualIgnoringCase(option.range, name) { return true }
        return false
    }

    /// Fields that concern one connection whatever Connection says.
    private static func isHopByHop(_ name: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        switch name.count {
        case 2: bytes.equalsIgnoringCase("te", at: name)
        case 7: bytes.equalsIgnoringCase("trailer", at: name) || bytes.equalsIgnoringCase("upgrade", at: name)
        case 10: bytes.equalsIgnoringCase("connection", at: name) || bytes.equalsIgnoringCase("keep-alive", at: name)
        case 16: bytes.equalsIgnoringCase("proxy-connection", at: name)
        case 17: bytes.equalsIgnoringCase("transfer-encoding", at: name)
        case 18: bytes.equalsIgnoringCase("proxy-authenticate", at: name)
        case 19: bytes.equalsIgnoringCase("proxy-authorization", at: name)
        default: false
        }
    }

    /// Looks for `option`, which is in lower case, in the list in `value`.
    static func contains(_ option: StaticString, _ value: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var start = value.lowerBound
        while start < value.upperBound {
            let end = bytes.firstIndex(of: .comma, in: start..<value.upperBound) ?? value.upperBound
            if bytes.equalsIgnoringCase(option, at: bytes.trimmingWhitespace(start..<end)) { return true }
            start = end + 1
        }
        return false
    }
}

extension Span where Element == UInt8 {
    /// Compares two runs of these bytes without regard to case.
    func isEqualIgnoringCase(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count
        where self[one.lowerBound + index].asciiLowercase != self[other.lowerBound + index].asciiLowercase {
            return false
        }
        return true
    }
}
