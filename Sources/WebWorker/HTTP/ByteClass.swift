/// The sets of bytes that the grammar of HTTP names, each as two words of bits over ASCII.
///
/// A membership test is a shift and a mask: no table in memory, nothing to initialise.
struct ByteClass: Sendable {
    private let low: UInt64
    private let high: UInt64

    private init(low: UInt64, high: UInt64) {
        (self.low, self.high) = (low, high)
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// tchar: what a method and a field name consist of (RFC 9110 section 5.6.2).
    static var token: ByteClass { ByteClass(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }

    /// What we take in a request target: visible ASCII but `"`, `#`, `<`, `>` and `\`.
    ///
    /// RFC 3986 allows less; browsers send `[ ] { } | ^` and the grave accent unencoded in a query
    /// (WHATWG URL, query percent-encode set), and nothing in the framing depends on them.
    static var target: ByteClass { ByteClass(low: 0xafff_fff2_0000_0000, high: 0x7fff_ffff_efff_ffff) }

    /// Bytes that mean the same encoded or not (RFC 3986 section 2.3): letters, digits, `-`, `.`, `_` and `~`.
    static var unreserved: ByteClass { ByteClass(low: 0x03ff_6000_0000_0000, high: 0x47ff_fffe_87ff_fffe) }

    /// What a name may consist of (RFC 3986 section 3.2.2): unreserved and sub-delims; no comma, which would be a list,
    /// and no percent, which hides a second spelling of the same host.
    static var host: ByteClass { ByteClass(low: 0x2bff_6fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
}
