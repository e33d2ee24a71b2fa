internal import DeployCore
internal import Linux
internal import Supervisor

/// How wide and how high what is printed may be.
struct Columns: Equatable, Sendable {
    /// Characters in a line; nil: as many as there are.
    let width: Int?
    /// Lines; nil: as many as there are.
    let height: Int?

    static let unlimited = Columns(width: nil, height: nil)
    /// A page of help that nobody looks at on a terminal.
    static let page = Columns(width: 80, height: nil)
    /// Narrower than this nothing can be shown in a useful way.
    private static let least = 20

    /// Those of standard output, where it is a terminal; COLUMNS of the environment counts where the terminal does not
    /// know. A program that reads gets all.
    static func ofStandardOutput() -> Columns {
        guard StandardOutput.isTerminal else { return .unlimited }
        let size = StandardOutput.terminalSize()
        let told = ThisProcess.variable("COLUMNS").flatMap { Int($0) }
        let width = size.flatMap { $0.columns > 0 ? $0.columns : nil } ?? told
        return Columns(
            width: width.map { max(least, $0) }, height: size.flatMap { $0.rows > 1 ? $0.rows : nil })
    }

    /// `text` in lines of at most `width` characters, broken at blanks. The first line begins with `first`, every other one
    /// with `indent`. A word that is longer than a line stands alone. Colours take no room.
    static func wrap(_ text: String, to width: Int?, first: String = "", indent: String = "") -> [String] {
        guard let width, visibleCount(first) + visibleCount(text) > width else { return [first + text] }
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, visibleCount(line) + 1 + visibleCount(word) > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    /// How many characters of `text` are seen: those of colours are not.
    static func visibleCount(_ text: some StringProtocol) -> Int {
        var count = 0
        var isCode = false
        for character in text {
            if character == "\u{1B}" { isCode = true }
            if !isCode { count += 1 }
            if isCode, character == "m" { isCode = false }
        }
        return count
    }

    /// The beginning of a line that has to stay one.
    func cut(line: String) -> String {
        guard let width, Self.visibleCount(line) >= width else { return line }
        var shown = ""
        var count = 0
        var isCode = false
        for character in line {
            if character == "\u{1B}" { isCode = true }
            if !isCode { count += 1 }
            // The last place of a line stays free: some terminals go on to the next one there.
            if isCode || count < width - 1 { shown.append(character) }
            if isCode, character == "m" { isCode = false }
        }
        return shown + "…"
    }

    /// Of `lines` as many as there is room for, the last of them for saying how many are left out.
    func cut(_ lines: [String]) -> [String] {
        guard let height, lines.count >= height else { return lines }
        let shown = max(1, height - 2)
        return lines.prefix(shown) + ["… \(CountText.of(lines.count - shown, "more line"))"]
    }
}
