/// Lists of entity tags (RFC 9110 section 8.8.3): `*`, or quoted tags, each perhaps marked weak.
enum EntityTag {
    /// Whether the list in `range` has `tag` (strong, with its quotes), or is `*`. By weak comparison `W/` does not count;
    /// compared `strongly` a tag with it is another one.
    static func list(
        _ range: Range<Int>, _ bytes: Span<UInt8>, contains tag: [UInt8], strongly: Bool = false
    ) -> Bool {
        let text = bytes.trimmingWhitespace(range)
        if text.count == 1, bytes[text.lowerBound] == 0x2a { return true }
        var index = text.lowerBound
        while index < text.upperBound {
            guard let open = bytes.firstIndex(of: 0x22, in: index..<text.upperBound),
                let close = bytes.firstIndex(of: 0x22, in: open + 1..<text.upperBound)
            else { return false }
            let isWeak = open >= range.lowerBound + 2 && bytes[open - 1] == .slash && bytes[open - 2] == 0x57
            let end = isWeak && !strongly ? unmarked(close, from: open, bytes) : close
            let isEqual = bytes.equals(tag.span.extracting(..<max(0, tag.count - 1)), at: open..<end)
            if isEqual, !(strongly && isWeak) { return true }
            index = close + 1
        }
        return false
    }

    /// The tag of an answer that we have compressed is the weak form of its own with this at its end: so it can be told which tags
    /// a server behind knows without it. Many compare them letter by letter.
    static let mark: StaticString = "-gzip"

    /// Whether a list has a tag with the mark.
    static func hasMark(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var index = range.lowerBound
        while let quote = bytes.firstIndex(of: 0x22, in: index..<range.upperBound) {
            let start = quote - mark.utf8CodeUnitCount
            if start > range.lowerBound, bytes.equals(mark, at: start..<quote) { return true }
            index = quote + 1
        }
        return false
    }

    /// Where a tag ends that begins at `open`, if the mark before its last quote is left out.
    private static func unmarked(_ close: Int, from open: Int, _ bytes: Span<UInt8>) -> Int {
        let start = close - mark.utf8CodeUnitCount
        return start > open && bytes.equals(mark, at: start..<close) ? start : close
    }

    /// Appends a list of tags as a server behind has given them: those that we have marked are strong, and without the mark.
    static func appendOriginal(_ range: Range<Int>, of bytes: Span<UInt8>, to out: inout [UInt8]) {
        var index = range.lowerBound
        while index < range.upperBound {
            guard let open = bytes.firstIndex(of: 0x22, in: index..<range.upperBound),
                let close = bytes.firstIndex(of: 0x22, in: open + 1..<range.upperBound)
            else { break }
            let isWeak = open >= index + 2 && bytes[open - 1] == .slash && bytes[open - 2] == 0x57
            let end = isWeak ? unmarked(close, from: open, bytes) : close
            bytes.append(index..<(end < close ? open - 2 : open), to: &out)
            bytes.append(open..<end, to: &out)
            out.append(0x22)
            index = close + 1
        }
        bytes.append(index..<range.upperBound, to: &out)
    }
}
