/// The one spelling of a path by which routes, files, scripts and servers behind are found, and in which servers behind get
/// it (RFC 3986 section 6.2.2, RFC 9110 section 4.2.3). Without it `/%61dmin`, `//admin` and `/x/../admin` would be other
/// paths here than behind.
///
/// Percent-encoded letters, digits and `-._~` are decoded, other encodings have capitals; `.` and `..` are resolved; empty
/// segments are dropped; an empty path is `/`. There is no normal form of a path that leads above the root, has a NUL or
/// an encoding that is none, or hides a `.` or `..` where some servers find one: behind an encoded slash or backslash, or
/// in front of a semicolon.
enum NormalPath {
    private enum Segment { case empty, current, parent, name, ambiguous }

    /// Appends the normal form of the path in `range`. False when there is none; what was appended is then of no use.
    static func append(_ range: Range<Int>, of bytes: Span<UInt8>, to out: inout [UInt8]) -> Bool {
        let root = out.count
        out.append(.slash)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = bytes.firstIndex(of: .slash, in: start..<range.upperBound) ?? range.upperBound
            let segmentStart = out.count
            guard appendSegment(start..<end, of: bytes, to: &out) else { return false }
            switch kind(out[segmentStart...]) {
            case .empty: break
            case .current: out.removeLast(out.count - segmentStart)
            case .parent:
                out.removeLast(out.count - segmentStart + 1)
                guard out.count > root else { return false }
                while out.last != .slash { out.removeLast() }
            case .name: if end < range.upperBound { out.append(.slash) }
            case .ambiguous: return false
            }
            start = end + 1
        }
        return true
    }

    /// The segments of the normal form of a path that a person wrote, decoded; nil when it has none.
    static func segments(_ path: String) -> [[UInt8]]? {
        let bytes = Array(path.utf8)
        var normal: [UInt8] = []
        guard append(0..<bytes.count, of: bytes.span, to: &normal) else { return nil }
        return normal.split(separator: .slash).map { segment in
            let segment = Array(segment)
            return PercentCoding.decode(0..<segment.count, segment.span) ?? segment
        }
    }

    /// Appends a segment with each byte in the one way that it has. False for an encoding that is none, and for NUL.
    private static func appendSegment(_ range: Range<Int>, of bytes: Span<UInt8>, to out: inout [UInt8]) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == .percent else {
                out.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < range.upperBound, let high = bytes[index + 1].hexDigit,
                let low = bytes[index + 2].hexDigit, high | low != 0
            else { return false }
            let byte = high << 4 | low
            if ByteClass.unreserved.contains(byte) {
                out.append(byte)
            } else {
                out.append(.percent)
                out.append(high < 10 ? 0x30 + high : 0x37 + high)
                out.append(low < 10 ? 0x30 + low : 0x37 + low)
            }
            index += 3
        }
        return true
    }

    private static func kind(_ segment: ArraySlice<UInt8>) -> Segment {
        if segment.isEmpty { return .empty }
        if isDots(segment) { return segment.count == 1 ? .current : .parent }
        guard segment.contains(.percent) || segment.contains(0x3b) else { return .name }
        let segment = Array(segment)
        let decoded = PercentCoding.decode(0..<segment.count, segment.span) ?? segment
        let parts = decoded.split(omittingEmptySubsequences: false) { $0 == .slash || $0 == 0x5c }
        return parts.contains { isDots($0.prefix { $0 != 0x3b }) } ? .ambiguous : .name
    }

    private static func isDots(_ part: ArraySlice<UInt8>) -> Bool {
        part.count == 1 && part.first == 0x2e || part.count == 2 && part.first == 0x2e && part.last == 0x2e
    }
}
