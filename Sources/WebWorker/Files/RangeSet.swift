/// The parts of a file that a Range field asks for (RFC 9110 section 14.2).
enum RangeSet: Equatable, Sendable {
    /// No byte ranges, or more of them than a reader needs: answered as if the field was not there.
    case ignored
    /// No part lies within the file.
    case unsatisfiable
    /// The parts that do, in the order in which they were asked for.
    case parts([Range<Int>])

    /// The most ranges that are answered.
    static let maxParts = 64

    /// Reads the field's value in `range`, for a file of `size` bytes. Parts that are together larger than the file
    /// overlap: nobody needs that, but it could be used to multiply a file (CVE-2011-3192).
    static func parse(_ range: Range<Int>, _ bytes: Span<UInt8>, size: Int) -> RangeSet {
        let unit: StaticString = "bytes="
        let start = range.lowerBound + unit.utf8CodeUnitCount
        guard start < range.upperBound, bytes.equalsIgnoringCase(unit, at: range.lowerBound..<start) else {
            return .ignored
        }
        var parts: [Range<Int>] = []
        var (count, total, index) = (0, 0, start)
        while index <= range.upperBound {
            let end = bytes.firstIndex(of: .comma, in: index..<range.upperBound) ?? range.upperBound
            let place = bytes.trimmingWhitespace(index..<end)
            index = end + 1
            if place.isEmpty { continue }
            count += 1
            guard count <= maxParts, let part = part(place, bytes, size) else { return .ignored }
            total += part.count
            if !part.isEmpty { parts.append(part) }
        }
        guard count > 0, total <= size else { return .ignored }
        return parts.isEmpty ? .unsatisfiable : .parts(parts)
    }

    /// One range; empty when it lies behind the end, nil when it is none.
    private static func part(_ place: Range<Int>, _ bytes: Span<UInt8>, _ size: Int) -> Range<Int>? {
        guard let dash = bytes.firstIndex(of: 0x2d, in: place) else { return nil }
        let (before, after) = (place.lowerBound..<dash, dash + 1..<place.upperBound)
        guard !before.isEmpty else {
            guard let length = number(after, bytes) else { return nil }
            // Of an empty file there is no last byte, but what was asked for is all there.
            if size == 0, length > 0 { return nil }
            return max(0, size - length)..<size
        }
        guard let first = number(before, bytes) else { return nil }
        guard !after.isEmpty else { return min(first, size)..<size }
        guard let last = number(after, bytes), first <= last else { return nil }
        return min(first, size)..<min(last, size - 1) + 1
    }

    /// A number of digits only; one beyond all files is the largest.
    private static func number(_ place: Range<Int>, _ bytes: Span<UInt8>) -> Int? {
        guard !place.isEmpty else { return nil }
        var number = 0
        for index in place {
            guard let digit = bytes[index].decimalDigit else { return nil }
            number = number > Int.max / 16 ? number : number * 10 + Int(digit)
        }
        return number
    }
}
