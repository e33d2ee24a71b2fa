/// One mistake that a user made, or one thing that stands in the way, told so that it can be put right.
package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or directory that it is about, as short as the user knows it; empty when it is about none.
    package var file: String
    /// The position in the file, if it says more than the key does.
    package var position: TextPosition?
    /// The key, such as `health.timeout` or `listen[1].backlog`; empty when it is about the whole file.
    package var keyPath: String
    /// The value found, as it stands after "found".
    package var found: String
    /// The value expected, as it stands after "expected".
    package var expected: String
    /// A remedy; empty if `expected` says it all.
    package var advice: String

    /// A problem; `found` and `expected` are clauses that stand behind these words.
    package init(
        file: String, position: TextPosition? = nil, keyPath: String = "", found: String, expected: String,
        advice: String = ""
    ) {
        self.file = file
        self.position = position
        self.keyPath = keyPath
        self.found = found
        self.expected = expected
        self.advice = advice
    }

    /// The problem in one line: `release.json: health.timeout: found "5", expected a duration with a unit such as "5s"`.
    package var description: String {
        let place = position.map { "\(file):\($0)" } ?? file
        let subject = [place, keyPath].filter { !$0.isEmpty }.joined(separator: ": ")
        let text = "found \(found), expected \(expected)" + (advice.isEmpty ? "" : "; \(advice)")
        return subject.isEmpty ? text : "\(subject): \(text)"
    }
}

/// All problems that were found in one go: never none.
package struct ProblemsFound: Error, Equatable, Sendable, CustomStringConvertible {
    /// The problems, in the order of the file where they come from one.
    package let problems: [Problem]

    /// These problems: at least one.
    package init(_ problems: [Problem]) {
        self.problems = problems
    }

    /// A line for each.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// A place in a text. Both numbers count from 1; columns count characters, not bytes.
package struct TextPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The line number, from 1.
    package var line: Int
    /// The character in the line.
    package var column: Int

    /// The place at this line and column.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Compares lines, then columns.
    package static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    /// `line:column`, as compilers print it.
    package var description: String { "\(line):\(column)" }
}
