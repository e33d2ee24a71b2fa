/// Numbers of things as people write them.
package enum CountText {
    /// "1 worker", "3 workers", "8,412 answers": of a thing whose plural has an s.
    package static func of(_ count: Int, _ thing: String) -> String {
        "\(grouped(count)) \(thing)\(count == 1 ? "" : "s")"
    }

    /// "8,412": digits in groups of three.
    package static func grouped(_ count: Int) -> String {
        let digits = "\(count.magnitude)"
        let parts = digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digit)" : "\(digit)"
        }
        return (count < 0 ? "-" : "") + parts.joined()
    }
}
