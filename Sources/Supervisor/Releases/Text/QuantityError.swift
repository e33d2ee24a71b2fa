/// A text that is not the duration or the size that was asked for.
package struct QuantityError: Error, Equatable, Sendable {
    /// A correct value, as it stands after "expected".
    package let expected: String

    /// A text that is no duration; a bare number comes back with the unit that it lacks, any other text is told the units.
    static func duration(_ text: String) -> QuantityError {
        guard let number = bareNumber(text) else {
            let units = Durations.units.reversed().map(\.name)
            return QuantityError(expected: "a duration with a unit such as \"30s\" (\(choice(of: units)))")
        }
        return QuantityError(expected: "a duration with a unit such as \"\(number)s\"")
    }

    /// A text that is no size; the same.
    static func size(_ text: String) -> QuantityError {
        guard let number = bareNumber(text) else {
            let units = Sizes.units.reversed().map { "\($0.letter)" }
            return QuantityError(expected: "a size with a unit such as \"512M\" (\(choice(of: units)))")
        }
        return QuantityError(expected: "a size with a unit such as \"\(number)M\"")
    }

    /// A duration beyond `Durations.longest`.
    static let durationTooLong = QuantityError(expected: "a duration of a year at most")

    /// "s, m or h".
    private static func choice(of units: [String]) -> String {
        "\(units.dropLast().joined(separator: ", ")) or \(units.last ?? "")"
    }

    private static func bareNumber(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var offset = 0
        guard DecimalNumber(bytes, at: &offset) != nil, offset == bytes.count else { return nil }
        return text
    }
}

/// A number as a user writes it: digits, and perhaps a point with more digits. No sign, no exponent.
struct DecimalNumber: Equatable {
    /// The digits without the point.
    let digits: Int64
    /// The number of digits behind the point.
    let fractionDigits: Int

    /// Reads the number at `offset` and moves `offset` behind it; nil when there is none, or one of more than 15 digits.
    init?(_ bytes: [UInt8], at offset: inout Int) {
        var digits: Int64 = 0
        var count = 0
        var fraction: Int?
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "."), fraction == nil, count > 0 {
                fraction = 0
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]), count < 15 {
                digits = digits * 10 + Int64(bytes[offset] - UInt8(ascii: "0"))
                count += 1
                fraction = fraction.map { $0 + 1 }
            } else {
                break
            }
            offset += 1
        }
        guard count > 0, fraction != 0 else { return nil }
        self.digits = digits
        self.fractionDigits = fraction ?? 0
    }

    /// The number times `unit`, cut to a whole; nil when it does not fit.
    func scaled(by unit: Int64) -> Int64? {
        var power: Int64 = 1
        for _ in 0..<fractionDigits { power *= 10 }
        let (high, low) = unit.multipliedFullWidth(by: digits)
        guard high < power else { return nil }
        let quotient = power.dividingFullWidth((high, low)).quotient
        return quotient
    }
}
