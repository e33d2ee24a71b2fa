import Glibc

/// An IPv6 address, 16 bytes in network order.
package struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last eight bytes, as numbers whose most significant byte comes first.
    package let high: UInt64, low: UInt64

    /// From two halves, most significant byte first.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From the text form of RFC 4291 section 2.2. The corresponding C function is `inet_pton`.
    package init?(_ text: String) {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        self.init(address)
    }

    init(_ address: in6_addr) {
        let halves = unsafe unsafeBitCast(address, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
    }

    var native: in6_addr { unsafe unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self) }

    /// ::1.
    package static let loopback = IPv6Address(high: 0, low: 1)
    /// ::, every address of this machine.
    package static let any = IPv6Address(high: 0, low: 0)

    /// The text form of RFC 5952, as inet_ntop(3) writes it.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var address = native
        guard unsafe inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
