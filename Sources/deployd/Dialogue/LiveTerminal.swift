internal import Linux

/// Standard output with one last line that is redrawn, where it is a terminal.
struct LiveTerminal {
    private static let erase = "\r\u{1B}[K"

    let isTerminal: Bool
    private var liveLine: String?

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
    }

    /// Prints whole lines above the live one.
    mutating func print(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        clear()
        StandardOutput.write(lines.map { $0 + "\n" }.joined())
    }

    /// Shows `line` as the live line, or none.
    mutating func show(_ line: String?) {
        guard isTerminal, line != liveLine else { return }
        // A line that the terminal breaks could not be taken back.
        StandardOutput.write(Self.erase + (line.map { Columns.ofStandardOutput().cut(line: $0) } ?? ""))
        liveLine = line
    }

    /// Takes the live line away, so that something else can be written.
    mutating func clear() {
        show(nil)
    }
}
