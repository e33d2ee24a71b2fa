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
            let isEqual = close + 1 - open == tag.count && bytes.bytes(open..<close + 1) == tag
            if isEqual, !(strongly && isWeak) { return true }
            index = close + 1
        }
        return false
    }
}
