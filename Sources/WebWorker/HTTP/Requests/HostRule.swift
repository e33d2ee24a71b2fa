/// The grammar of Host and of the authority of a target: `uri-host [ ":" port ]` (RFC 9110 section 7.2).
enum HostRule {
    /// Whether the bytes in `range` are a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
    ///
    /// Refused are user information, a path, a list, and an empty host (RFC 9110 section 4.2.1); and what only looks
    /// like an address, since one server reads `0x7f.1` as a name and the next as 127.0.0.1.
    static func isHostAndPort(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard !range.isEmpty else { return false }
        var index = range.lowerBound
        if bytes[index] == 0x5b {
            guard let close = bytes.firstIndex(of: 0x5d, in: range), isIPv6(index + 1..<close, bytes)
            else { return false }
            index = close + 1
        } else {
            while index < range.upperBound, ByteClass.host.contains(bytes[index]) { index += 1 }
            guard isNameOrIPv4(range.lowerBound..<index, bytes) else { return false }
        }
        return index == range.upperBound || isPort(index..<range.upperBound, bytes)
    }

    /// A colon and digits; the digits may be missing (RFC 3986 section 3.2.3). No port of TCP is above 65535.
    private static func isPort(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard bytes[range.lowerBound] == .colon, range.count <= 6 else { return false }
        var port = 0
        for place in range.dropFirst() {
            guard let digit = bytes[place].decimalDigit else { return false }
            port = port * 10 + Int(digit)
        }
        return port <= 65535
    }

    /// A name whose last label is a number must be an IPv4 address (WHATWG URL, "ends in a number").
    private static func isNameOrIPv4(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard !range.isEmpty else { return false }
        var start = range.upperBound
        while start > range.lowerBound, bytes[start - 1] != 0x2e { start -= 1 }
        guard start < range.upperBound, bytes[start].decimalDigit != nil else { return true }
        let isHexadecimal = range.upperBound - start > 2 && bytes[start + 1].asciiLowercase == 0x78
        var isNumber = true
        for place in start + (isHexadecimal ? 2 : 0)..<range.upperBound {
            let isDigit = isHexadecimal ? bytes[place].hexDigit != nil : bytes[place].decimalDigit != nil
            isNumber = isNumber && isDigit
        }
        return !isNumber || isIPv4(range, bytes)
    }

    /// Four decimal octets without leading zeros (RFC 3986 section 3.2.2).
    private static func isIPv4(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var octets = 0
        var digits = 0
        var value = 0
        for place in range {
            if bytes[place] == 0x2e {
                guard digits > 0, octets < 3 else { return false }
                octets += 1
                (digits, value) = (0, 0)
                continue
            }
            guard let digit = bytes[place].decimalDigit, digits == 0 || value > 0 else { return false }
            value = value * 10 + Int(digit)
            digits += 1
            guard value <= 255 else { return false }
        }
        return octets == 3 && digits > 0
    }

    /// Eight groups of up to four digits, one run of which `::` may stand for, the last two perhaps as IPv4.
    private static func isIPv6(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var groups = 0
        var hasGap = false
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == .colon {
                let isPair = index + 1 < range.upperBound && bytes[index + 1] == .colon
                if isPair {
                    guard !hasGap else { return false }
                    hasGap = true
                    index += 2
                    continue
                }
                guard index > range.lowerBound, index + 1 < range.upperBound, bytes[index - 1] != .colon else {
                    return false
                }
                index += 1
            }
            let start = index
            while index < range.upperBound, bytes[index].hexDigit != nil { index += 1 }
            if index < range.upperBound, bytes[index] == 0x2e {
                guard isIPv4(start..<range.upperBound, bytes) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(index - start), index == range.upperBound || bytes[index] == .colon else {
                return false
            }
            groups += 1
        }
        return hasGap ? groups < 8 : groups == 8
    }
}
