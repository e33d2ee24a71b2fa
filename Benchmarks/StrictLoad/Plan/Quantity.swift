/// Values on the command line.
enum Quantity {
    /// A whole number within `range`.
    static func count(_ name: String, _ text: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let count = Int(text), range.contains(count) else {
            let limits =
                range.upperBound == .max ? "from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw UsageError("\(name) \(text): expected a whole number \(limits)")
        }
        return count
    }

    /// A time with its unit: `250us`, `10ms`, `1.5s`, `2m`.
    static func time(_ name: String, _ text: String) throws(UsageError) -> Nanoseconds {
        let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10)]
        for (suffix, scale) in units where text.hasSuffix(suffix) {
            if let number = Double(text.dropLast(suffix.count)), number >= 0, number * scale < 1e17 {
                return Nanoseconds(number * scale)
            }
        }
        throw UsageError("\(name) \(text): expected a time with its unit, such as 250us, 10ms, 1.5s or 2m")
    }

    /// A time, or two with `-` between.
    static func times(_ name: String, _ text: String) throws(UsageError) -> ClosedRange<Nanoseconds> {
        let ends = text.split(separator: "-", maxSplits: 1).map(String.init)
        guard let first = ends.first, let last = ends.last else { throw UsageError("\(name): a time is missing") }
        let low = try time(name, first)
        let high = try time(name, last)
        guard low <= high else { throw UsageError("\(name) \(text): the second time is less than the first") }
        return low...high
    }

    /// Statuses with commas between: `200`, `200,304`, `200-299`.
    static func statuses(_ name: String, _ text: String) throws(UsageError) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard ends.count <= 2, let low = ends.first, let high = ends.last, low >= 100, high <= 999, low <= high
            else {
                throw UsageError("\(name) \(text): expected statuses such as 200, 200,304 or 200-299")
            }
            ranges.append(low...high)
        }
        return ranges
    }

    /// A body; `\n`, `\r`, `\t` and `\\` stand for what they do in Swift.
    static func body(_ name: String, _ text: String) throws(UsageError) -> [UInt8] {
        var body: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "\\") else {
                body.append(byte)
                continue
            }
            switch bytes.next() {
            case UInt8(ascii: "n"): body.append(0x0a)
            case UInt8(ascii: "r"): body.append(0x0d)
            case UInt8(ascii: "t"): body.append(0x09)
            case UInt8(ascii: "\\"): body.append(0x5c)
            default: throw UsageError("\(name) \(text): after \\ one of n, r, t and \\ must stand")
            }
        }
        return body
    }

    /// Text that may stand in a request's head: visible ASCII, at least one byte.
    static func visible(_ name: String, _ text: String) throws(UsageError) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw UsageError("\(name) \(text): expected visible ASCII characters without spaces")
        }
        return text
    }
}
