/// Addresses that have a number of leading bits in common: one address, or a network such as `10.0.0.0/8`.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The network's first address, with port 0.
    let address: SocketAddress
    /// The leading bits that count: at most 32 of IPv4, 128 of IPv6.
    let bits: Int

    /// Reads `192.0.2.7`, `10.0.0.0/8`, `::1` or `2001:db8::/32`; nil for anything else. Bits behind the prefix count for
    /// nothing. An IPv4 address in its IPv6 form is the IPv4 address.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let found = Self.address(String(parts[0])) else { return nil }
        let width = found.family == .v4 ? 32 : 128
        guard parts.count == 2 else {
            self.init(found, width)
            return
        }
        guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]), bits <= width else {
            return nil
        }
        self.init(found, bits)
    }

    private init(_ found: SocketAddress, _ bits: Int) {
        self.bits = bits
        switch found {
        case .v4(let number, _):
            address = .v4(IPv4Address(number.number & Self.mask(bits)), port: 0)
        case .v6(let number, _, _):
            let words = [number.high >> 32, number.high, number.low >> 32, number.low].map(
                UInt32.init(truncatingIfNeeded:))
            let kept = words.enumerated().map { UInt64($1 & Self.mask(bits - 32 * $0)) }
            address = .v6(
                IPv6Address(high: kept[0] << 32 | kept[1], low: kept[2] << 32 | kept[3]), port: 0, scope: 0)
        case .unix, .abstract, .unnamed: address = found
        }
    }

    private static func address(_ text: String) -> SocketAddress? {
        if let address = IPv4Address(text) { return .v4(address, port: 0) }
        return IPv6Address(text).map { SocketAddress.v6($0, port: 0, scope: 0).unmapped }
    }

    /// The mask of a word of 32 bits of which so many lead.
    static func mask(_ bits: Int) -> UInt32 { bits <= 0 ? 0 : bits >= 32 ? .max : ~(.max >> UInt32(bits)) }

    /// Whether an address is one of them; an IPv4 address in its IPv6 form counts as what it is.
    package func contains(_ other: SocketAddress) -> Bool {
        switch (address, other.unmapped) {
        case (.v4(let own, _), .v4(let number, _)): number.number & Self.mask(bits) == own.number
        case (.v6, .v6(let number, _, _)): IPNetwork(.v6(number, port: 0, scope: 0), bits).address == address
        case (.v4, _), (.v6, _), (.unix, _), (.abstract, _), (.unnamed, _): false
        }
    }

    /// As it is read; one address stands without its width.
    package var description: String {
        switch address {
        case .v4(let number, _): bits == 32 ? "\(number)" : "\(number)/\(bits)"
        case .v6(let number, _, _): bits == 128 ? "\(number)" : "\(number)/\(bits)"
        case .unix, .abstract, .unnamed: ""
        }
    }
}
