/// Reads and writes durations as users write them: `250ms`, `5s`, `1.5h`, `1m30s`.
///
/// A number without a unit is refused, since nobody could tell seconds from milliseconds; only `0` needs none.
package enum Durations {
    /// The units that a user may write, longest time first, each with its length in nanoseconds.
    static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// The longest duration that is accepted: a year, far from any overflow.
    package static let longest = Duration.seconds(366 * 86_400)

    /// The duration that `text` spells.
    ///
    /// - Throws: `QuantityError` with what was expected instead.
    package static func parse(_ text: String) throws(QuantityError) -> Duration {
        let bytes = Array(text.utf8)
        if bytes == [UInt8(ascii: "0")] { return .zero }
        var offset = 0
        var total: Int64 = 0
        repeat {
            guard let number = DecimalNumber(bytes, at: &offset) else { throw QuantityError.duration(text) }
            let unit = Self.unitName(bytes, at: &offset)
            guard let length = units.first(where: { $0.name == unit })?.nanoseconds,
                let part = number.scaled(by: length)
            else { throw QuantityError.duration(text) }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw QuantityError.durationTooLong }
            total = sum
        } while offset < bytes.count
        let duration = Duration.nanoseconds(total)
        guard duration <= longest else { throw QuantityError.durationTooLong }
        return duration
    }

    /// The shortest text that `parse` reads back as the same duration: `90s` for a minute and a half.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let total = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        guard total != 0 else { return "0s" }
        for unit in units where total.isMultiple(of: unit.nanoseconds) {
            return "\(total / unit.nanoseconds)\(unit.name)"
        }
        return "\(total)ns"
    }

    private static func unitName(_ bytes: [UInt8], at offset: inout Int) -> String {
        let start = offset
        while offset < bytes.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[offset]) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }
}
