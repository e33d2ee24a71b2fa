internal import Linux

/// The pages of `deployd help`, made from the table of verbs, for a width.
struct HelpText {
    private static let column = 14

    private let width: Int

    /// - Parameter width: how many characters a line may have.
    init(width: Int) {
        self.width = width
    }

    /// Pages for the terminal that looks, else for one of the usual width.
    static func forStandardOutput() -> HelpText {
        HelpText(width: Columns.ofStandardOutput().width ?? Columns.page.width ?? 80)
    }

    /// The list of verbs.
    func overview(_ verbs: [Verb]) -> String {
        let head =
            wrapped("deployd: deploys without downtime, on one server") + [""]
            + wrapped("usage: deployd VERB [options] [arguments]") + [""]
        let list = verbs.flatMap { entry($0.name, $0.summary, at: Self.column) }
        let tail = [""] + wrapped("`deployd VERB --help` tells more. Exit codes:")
        let codes = ExitCode.allCases.flatMap { entry(String($0.rawValue), $0.meaning, at: Self.column) }
        return text(head + list + tail + codes)
    }

    /// The page of one verb.
    func page(for verb: Verb) -> String {
        let column = (verb.allOptions.map(\.usage.count).max() ?? 0) + 4
        let head = wrapped("usage: \(verb.usage)") + [""] + paragraphs(verb.details)
        return text(head + ["", "options:"] + verb.allOptions.flatMap { entry($0.usage, $0.help, at: column) })
    }

    private func wrapped(_ line: String) -> [String] { Columns.wrap(line, to: width, indent: "  ") }

    private func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    /// A name and what it means, side by side, or where there is little room one below the other.
    private func entry(_ name: String, _ meaning: String, at column: Int) -> [String] {
        let isNarrow = column > width / 2
        let indent = String(repeating: " ", count: isNarrow ? 6 : column)
        let name = "  \(name)"
        if isNarrow { return [name] + Columns.wrap(meaning, to: width, first: indent, indent: indent) }
        let first = name + String(repeating: " ", count: max(1, column - name.count))
        return Columns.wrap(meaning, to: width, first: first, indent: indent)
    }

    /// Lines that follow each other are one paragraph; those that stand back, such as commands to type, stay as they are.
    private func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var words: [Substring] = []
        let given: [Substring] = text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in given + [""] {
            if !line.isEmpty, !line.hasPrefix(" ") {
                words.append(line)
                continue
            }
            if !words.isEmpty { lines += Columns.wrap(words.joined(separator: " "), to: width) }
            words = []
            lines.append(String(line))
        }
        return lines.dropLast()
    }
}
