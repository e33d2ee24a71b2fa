internal import Linux

/// The header by which a load balancer says whose connection it passes on: the PROXY protocol, versions 1 and 2.
///
/// Source: haproxy.org, doc/proxy-protocol.txt.
enum ProxyHeader {
    enum Outcome: Equatable, Sendable {
        /// A whole header, which ends before `consumed`. `source` is nil when the sender speaks for itself, or does not
        /// know. `isTLS`: the client's own connection is encrypted.
        case complete(consumed: Int, source: SocketAddress?, isTLS: Bool)
        /// A good beginning: more bytes are needed.
        case incomplete
        /// The bytes are no header at all, from the first one that differs.
        case none
        /// It begins like a header and goes on wrongly.
        case malformed
    }

    /// The largest header of version 2 that is taken, in bytes; the format would allow 65551.
    static let maxBytes = 4096
    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    /// Looks for a header at the beginning of `bytes`.
    static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard bytes.count > 0 else { return .incomplete }
        if bytes[0] == signature[0] {
            for index in 0..<min(bytes.count, signature.count) where bytes[index] != signature[index] { return .none }
            return bytes.count < 16 ? .incomplete : parseBinary(bytes)
        }
        let name = Array("PROXY ".utf8)
        for index in 0..<min(bytes.count, name.count) where bytes[index] != name[index] { return .none }
        return bytes.count < name.count ? .incomplete : parseText(bytes)
    }

    // MARK: Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 5555 80 CRLF`, 107 bytes at most.

    private static func parseText(_ bytes: Span<UInt8>) -> Outcome {
        let limit = min(bytes.count, 107)
        guard let end = bytes.firstIndex(of: .lineFeed, in: 6..<limit) else {
            return bytes.count < 107 ? .incomplete : .malformed
        }
        guard bytes[end - 1] == .carriageReturn else { return .malformed }
        let words = bytes.text(6..<end - 1).split(separator: " ", omittingEmptySubsequences: false)
        if words.first == "UNKNOWN" { return .complete(consumed: end + 1, source: nil, isTLS: false) }
        guard words.count == 5, let port = port(words[3]), self.port(words[4]) != nil else { return .malformed }
        switch words[0] {
        case "TCP4":
            guard let source = IPv4Address(String(words[1])), IPv4Address(String(words[2])) != nil else {
                return .malformed
            }
            return .complete(consumed: end + 1, source: .v4(source, port: port), isTLS: false)
        case "TCP6":
            guard let source = IPv6Address(String(words[1])), IPv6Address(String(words[2])) != nil else {
                return .malformed
            }
            let address = SocketAddress.v6(source, port: port, scope: 0).unmapped
            return .complete(consumed: end + 1, source: address, isTLS: false)
        default: return .malformed
        }
    }

    private static func port(_ word: Substring) -> UInt16? {
        guard word.utf8.allSatisfy({ $0.decimalDigit != nil }), word.count == 1 || word.first != "0" else { return nil }
        return UInt16(word)
    }

    // MARK: Version 2: 12 bytes of signature, version and command, family, length, addresses, TLVs.

    private static func parseBinary(_ bytes: Span<UInt8>) -> Outcome {
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        let command = bytes[12] & 0x0f
        guard bytes[12] >> 4 == 2, command <= 1, 16 + length <= maxBytes else { return .malformed }
        let addressBytes: Int
        switch bytes[13] {
        case 0x11: addressBytes = 12
        case 0x21: addressBytes = 36
        case 0x31: addressBytes = 216
        default: addressBytes = 0  // Unspecified, or datagrams, which no connection of ours is.
        }
        guard length >= addressBytes else { return .malformed }
        guard bytes.count >= 16 + length else { return .incomplete }
        let end = 16 + length
        // LOCAL: the balancer's own connection (a health check); its addresses are to be left unread.
        guard command == 1, addressBytes > 0 else { return .complete(consumed: end, source: nil, isTLS: false) }
        let tls = isTLS(bytes, 16 + addressBytes..<end)
        switch addressBytes {
        case 12:
            let source = IPv4Address(UInt32(truncatingIfNeeded: number(bytes, 16..<20)))
            let port = UInt16(truncatingIfNeeded: number(bytes, 24..<26))
            return .complete(consumed: end, source: .v4(source, port: port), isTLS: tls)
        case 36:
            let source = IPv6Address(high: number(bytes, 16..<24), low: number(bytes, 24..<32))
            let port = UInt16(truncatingIfNeeded: number(bytes, 48..<50))
            return .complete(consumed: end, source: SocketAddress.v6(source, port: port, scope: 0).unmapped, isTLS: tls)
        default: return .complete(consumed: end, source: .unnamed, isTLS: tls)
        }
    }

    /// PP2_TYPE_SSL (0x20) with PP2_CLIENT_SSL; what of the TLVs is cut short is not looked at.
    private static func isTLS(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 3 <= range.upperBound {
            let length = Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            guard index + 3 + length <= range.upperBound else { return false }
            if bytes[index] == 0x20, length >= 1 { return bytes[index + 3] & 1 == 1 }
            index += 3 + length
        }
        return false
    }

    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var number: UInt64 = 0
        for place in range { number = number << 8 | UInt64(bytes[place]) }
        return number
    }
}
