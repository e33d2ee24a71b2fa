/// A mistake in the text of a schedule, as clauses behind "found" and "expected".
package struct ScheduleMistake: Error, Equatable, Sendable {
    package let found: String
    package let expected: String
}

extension Schedule {
    /// Names for five fields.
    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    /// Longer than any that a person writes. It is shown whole, in many places.
    private static let maxBytes = 256
    private static let layout = "five fields (minute, hour, day, month, weekday) such as \"30 2 * * *\""

    /// Reads a schedule.
    package init(parsing text: String) throws(ScheduleMistake) {
        guard text.utf8.count <= Self.maxBytes else {
            throw ScheduleMistake(
                found: "a schedule of \(CountText.of(text.utf8.count, "byte"))",
                expected: "\(Self.layout), of at most \(Self.maxBytes) bytes")
        }
        let words = (Self.names[text.lowercased()] ?? text).split { $0 == " " || $0 == "\t" }.map(String.init)
        guard words.first?.hasPrefix("@") != true else {
            throw ScheduleMistake(
                found: "\"\(text)\"",
                expected: "one of " + Self.names.keys.sorted().joined(separator: ", ")
                    + ", or " + Self.layout)
        }
        guard words.count == 5 else {
            let more = words.count == 6 ? "; there are no seconds" : ""
            throw ScheduleMistake(
                found: CountText.of(words.count, "field") + " in \"\(text)\"", expected: Self.layout + more)
        }
        let fields = Field.all
        self.text = text
        minutes = try fields[0].bits(words[0])
        hours = try fields[1].bits(words[1])
        days = try fields[2].bits(words[2])
        months = try fields[3].bits(words[3])
        let written = try fields[4].bits(words[4])
        // Sunday is 0 and 7.
        weekdays = (written | (written.has(7) ? 1 : 0)) & 0x7F
        hasAnyDay = words[2].hasPrefix("*")
        hasAnyWeekday = words[4].hasPrefix("*")
        isFrequent = words[0].hasPrefix("*") || words[1].hasPrefix("*")
        guard hasADay else {
            throw ScheduleMistake(
                found: "a day that no month of it has, in \"\(text)\"", expected: "a date that comes")
        }
    }

    /// Some month of it has some day of it.
    private var hasADay: Bool {
        guard !hasAnyDay, hasAnyWeekday else { return true }
        let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains { month in
            months.has(month) && (1...lengths[month - 1]).contains { days.has($0) }
        }
    }

    /// One of the five fields.
    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var words: [String] = []

        static let all = [
            Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23), Field(name: "day", range: 1...31),
            Field(
                name: "month", range: 1...12,
                words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
            Field(name: "weekday", range: 0...7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
        ]

        func bits(_ text: String) throws(ScheduleMistake) -> UInt64 {
            var bits: UInt64 = 0
            for item in text.split(separator: ",", omittingEmptySubsequences: false) { bits |= try value(String(item)) }
            return bits
        }

        private func value(_ text: String) throws(ScheduleMistake) -> UInt64 {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard let base = parts.first, parts.count <= 2 else { throw mistake(text) }
            let values: ClosedRange<Int>
            if base == "*" {
                values = range
            } else {
                let ends = base.split(separator: "-", omittingEmptySubsequences: false).map { number(String($0)) }
                guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else {
                    throw mistake(text)
                }
                guard first <= last else {
                    throw ScheduleMistake(
                        found: "\"\(text)\" as the \(name)", expected: "a range from the lower to the higher value")
                }
                values = first...last
            }
            guard parts.count == 2 else { return values.reduce(0) { $0 | 1 << UInt64($1) } }
            guard base == "*" || base.contains("-"), let step = Int(parts[1]), range.contains(step), step > 0 else {
                throw ScheduleMistake(
                    found: "\"\(text)\" as the \(name)",
                    expected: "a step from 1 to \(range.upperBound) behind \"*\" or a range, such as "
                        + "\"*/\(name == "month" ? 3 : 5)\"")
            }
            return stride(from: values.lowerBound, through: values.upperBound, by: step).reduce(0) {
                $0 | 1 << UInt64($1)
            }
        }

        private func number(_ text: String) -> Int? {
            if let word = words.firstIndex(of: text.lowercased()) { return word + (range.lowerBound == 1 ? 1 : 0) }
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
                return nil
            }
            return range.contains(number) ? number : nil
        }

        private func mistake(_ text: String) -> ScheduleMistake {
            let names = words.isEmpty ? "" : " or \(words[0]) to \(words[words.count - 1])"
            return ScheduleMistake(
                found: "\"\(text)\" as the \(name)",
                expected:
                    "\"*\", or numbers from \(range.lowerBound) to \(range.upperBound)\(names), as in \"1,4\", \"1-5\", "
                    + "\"*/2\"")
        }
    }
}
