/// Percent-encoding, as paths, queries and forms use it (RFC 3986 section 2.1).
enum PercentCoding {
    /// The bytes that the run in `range` stands for; nil when a percent sign is not followed by two hexadecimal digits.
    ///
    /// `plusIsSpace` is the rule of application/x-www-form-urlencoded (WHATWG URL section 5.1).
    static func decode(_ range: Range<Int>, _ bytes: Span<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == .percent {
                guard index + 2 < range.upperBound, let high = bytes[index + 1].hexDigit,
                    let low = bytes[index + 2].hexDigit
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
                continue
            }
            decoded.append(plusIsSpace && byte == 0x2b ? .space : byte)
            index += 1
        }
        return decoded
    }
}
