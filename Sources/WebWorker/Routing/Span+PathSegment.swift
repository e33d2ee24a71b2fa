extension Span where Element == UInt8 {
    /// Whether the segment in `range` of a path in its normal form is `literal`, which is decoded: an encoded spelling is the
    /// same segment (RFC 3986 section 6.2.2), for routes and prefixes alike. `isEncoded` tells whether it has a percent sign.
    @inline(__always)
    func isSegment(_ literal: Span<UInt8>, at range: Range<Int>, isEncoded: Bool) -> Bool {
        if literal.count == range.count { return equals(literal, at: range) }
        guard isEncoded, range.count > literal.count, let decoded = PercentCoding.decode(range, self) else {
            return false
        }
        return literal.equals(decoded.span, at: 0..<literal.count)
    }
}
