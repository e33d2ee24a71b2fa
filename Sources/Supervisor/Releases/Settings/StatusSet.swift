/// The HTTP status codes that count as success.
package struct StatusSet: Hashable, Sendable, CustomStringConvertible {
    /// The codes, as ranges in the order in which the user wrote them.
    package let ranges: [ClosedRange<Int>]

    /// The codes of all these ranges.
    package init(_ ranges: [ClosedRange<Int>]) {
        self.ranges = ranges
    }

    /// Reads `200`, `200-399` or `200-299, 401`; nil when that is not what `text` is, or a code is not from 100 to 599.
    package init?(parsing text: String) {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { word in
                Int(String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
            }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
                Self.isCode(first), Self.isCode(last), first <= last
            else { return nil }
            ranges.append(first...last)
        }
        self.init(ranges)
    }

    /// One code, a list of codes, or a text that `init(parsing:)` reads; nil for anything else.
    init?(_ value: JSONValue) {
        switch value {
        case .text(let text): self.init(parsing: text)
        case .integer(let code) where Self.isCode(code): self.init([code...code])
        case .list(let items):
            let codes: [Int] = items.compactMap { item in
                if case .integer(let code) = item, Self.isCode(code) { code } else { nil }
            }
            guard !codes.isEmpty, codes.count == items.count else { return nil }
            self.init(codes.map { $0...$0 })
        case .null, .boolean, .integer, .number, .object: return nil
        }
    }

    /// True if `code` counts as success.
    package func contains(_ code: Int) -> Bool {
        ranges.contains { $0.contains(code) }
    }

    /// The form that `init(parsing:)` reads.
    package var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    static func isCode(_ code: Int) -> Bool { (100...599).contains(code) }
}
