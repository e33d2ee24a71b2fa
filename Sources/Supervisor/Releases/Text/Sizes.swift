/// Reads and writes sizes as users write them: `512M`, `8G`, `64K`, `100B`. Units are powers of 1024.
///
/// A number without a unit is refused, as it is for durations; only `0` needs none.
package enum Sizes {
    /// The units that a user may write, largest first, each with its bytes.
    static let units: [(letter: Character, bytes: Int64)] = [
        ("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10), ("B", 1),
    ]

    /// The bytes that `text` spells.
    ///
    /// - Throws: `QuantityError` with what was expected instead.
    package static func parse(_ text: String) throws(QuantityError) -> Int {
        let bytes = Array(text.utf8)
        if bytes == [UInt8(ascii: "0")] { return 0 }
        var offset = 0
        guard let number = DecimalNumber(bytes, at: &offset), offset == bytes.count - 1,
            let unit = units.first(where: { $0.letter.asciiValue == bytes[offset] })?.bytes,
            let size = number.scaled(by: unit)
        else { throw QuantityError.size(text) }
        return Int(size)
    }

    /// The shortest text that `parse` reads back as the same size: `1536K` for a mebibyte and a half.
    package static func text(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        for unit in units where Int64(bytes).isMultiple(of: unit.bytes) {
            return "\(Int64(bytes) / unit.bytes)\(unit.letter)"
        }
        return "\(bytes)B"
    }
}
