/// The four forms of a request target (RFC 9112 section 3.2). Its bytes are of the set `ByteClass.target` already.
enum RequestTarget {
    /// Finds form, path, query and authority of the target in `range`; says why when it cannot be taken.
    static func parse(_ range: Range<Int>, of bytes: Span<UInt8>, into head: inout RequestHead) -> Refusal? {
        if head.method == .connect { return .connect }
        if bytes[range.lowerBound] == .slash {
            head.form = .origin
            split(range, of: bytes, into: &head)
            return nil
        }
        if range.count == 1, bytes[range.lowerBound] == 0x2a {
            head.form = .asterisk
            return head.method == .options ? nil : .target
        }
        return absolute(range, of: bytes, into: &head)
    }

    /// `http://authority/path?query`, or https (RFC 9112 section 3.2.2). Other schemes are not ours to answer for.
    private static func absolute(_ range: Range<Int>, of bytes: Span<UInt8>, into head: inout RequestHead) -> Refusal? {
        var start = range.lowerBound
        if range.count > 7, bytes.equalsIgnoringCase("http://", at: start..<start + 7) {
            start += 7
        } else if range.count > 8, bytes.equalsIgnoringCase("https://", at: start..<start + 8) {
            start += 8
        } else {
            return .target
        }
        var end = start
        while end < range.upperBound, bytes[end] != .slash, bytes[end] != .questionMark { end += 1 }
        guard HostRule.isHostAndPort(start..<end, bytes) else { return .target }
        head.form = .absolute
        head.authority = ByteRange(start, end)
        split(end..<range.upperBound, of: bytes, into: &head)
        return nil
    }

    /// Finds the end of the path, and in the same pass whether anything in it may have another spelling.
    private static func split(_ range: Range<Int>, of bytes: Span<UInt8>, into head: inout RequestHead) {
        let part = bytes.extracting(range)
        var isNormal = part.count > 0
        var isSegmentStart = false
        var end = 0
        while end < part.count {
            let byte = unsafe part[unchecked: end]
            if byte == .questionMark { break }
            if byte == .percent || isSegmentStart && (byte == .slash || byte == 0x2e) { isNormal = false }
            isSegmentStart = byte == .slash
            end += 1
        }
        head.isPathNormal = isNormal && end > 0
        head.path = ByteRange(range.lowerBound, range.lowerBound + end)
        if end < part.count { head.query = ByteRange(range.lowerBound + end + 1, range.upperBound) }
    }
}
