/// The last value of Host that was right: most requests to a worker have the same, and need not be judged again.
struct KnownHost: Sendable {
    /// Longer ones than any name with a port (RFC 1035 section 2.3.4) are judged each time.
    private static let longest = 261

    private var text: [UInt8] = []

    /// Checks the bytes in `range`, at least one, against `HostRule`, unless they are those of the last call.
    mutating func isRight(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        if bytes.equals(text.span, at: range) { return true }
        guard HostRule.isHostAndPort(range, bytes) else { return false }
        if range.count <= Self.longest { text = bytes.bytes(range) }
        return true
    }
}
