/// Whether a client would rather have gzip than nothing done to a body, by its Accept-Encoding fields (RFC 9110 section 12.5.3).
struct AcceptedGzip {
    /// Weights in thousandths; nil: not named.
    private var gzip: Int?
    private var identity: Int?
    private var other: Int?

    /// Takes note of a field; several are one list.
    mutating func note(_ range: Range<Int>, _ bytes: Span<UInt8>) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = bytes.firstIndex(of: .comma, in: start..<range.upperBound) ?? range.upperBound
            let semicolon = bytes.firstIndex(of: 0x3b, in: start..<end)
            let name = bytes.trimmingWhitespace(start..<(semicolon ?? end))
            let weight = semicolon.map { Self.weight(bytes.trimmingWhitespace($0 + 1..<end), bytes) } ?? 1000
            switch name.count {
            case 1 where bytes.equals("*", at: name): other = weight
            case 4 where bytes.equalsIgnoringCase("gzip", at: name): gzip = max(gzip ?? 0, weight)
            case 6 where bytes.equalsIgnoringCase("x-gzip", at: name): gzip = max(gzip ?? 0, weight)
            case 8 where bytes.equalsIgnoringCase("identity", at: name): identity = weight
            default: break
            }
            start = end + 1
        }
    }

    /// Gzip has a weight, and identity no greater one.
    var isPreferred: Bool {
        let weight = gzip ?? other ?? 0
        return weight > 0 && weight >= identity ?? 0
    }

    /// `q=0.5`, in thousandths. What is no weight counts as none was there.
    private static func weight(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int {
        guard range.count > 2, bytes[range.lowerBound].asciiLowercase == 0x71, bytes[range.lowerBound + 1] == 0x3d,
            let whole = bytes[range.lowerBound + 2].decimalDigit
        else { return 1000 }
        var (weight, unit) = (Int(whole) * 1000, 100)
        for place in (range.lowerBound + 3..<range.upperBound).prefix(4) {
            guard let digit = bytes[place].decimalDigit else { continue }
            weight += Int(digit) * unit
            unit /= 10
        }
        return min(weight, 1000)
    }
}
