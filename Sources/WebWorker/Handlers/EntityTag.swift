/// Lists of entity tags (RFC 9110 section 8.8.3): `*`, or quoted tags, each perhaps marked weak.
enum EntityTag {
    /// Whether the list in `range` has `tag` (with its quotes) by weak comparison, or is `*`.
    static func list(_ range: Range<Int>, _ bytes: Span<UInt8>, contains tag: [UInt8]) -> Bool {
        let text = bytes.trimmingWhitespace(range)
        if text.count == 1, bytes[text.lowerBound] == 0x2a { return true }
        var index = text.lowerBound
        while index < text.upperBound {
            guard let open = bytes.firstIndex(of: 0x22, in: index..<text.upperBound),
                let close = bytes.firstIndex(of: 0x22, in: open + 1..<text.upperBound)
            else { return false }
            if close + 1 - open == tag.count, bytes.bytes(open..<close + 1) == tag { return true }
            index = close + 1
        }
        return false
    }
}
