/// The pages of `deployd help`, made from the table of verbs.
enum HelpText {
    private static let width = 12

    /// The list of verbs.
    static func overview(_ verbs: [Verb]) -> String {
        var lines = [
            "deployd: deploys without downtime, on one server", "", "usage: deployd VERB [options] [arguments]", "",
        ]
        lines += verbs.map { "  \(padded($0.name, to: width))\($0.summary)" }
        lines += ["", "`deployd VERB --help` tells more. Exit codes:"]
        lines += ExitCode.allCases.map { "  \(padded(String($0.rawValue), to: width))\($0.meaning)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The page of one verb.
    static func page(for verb: Verb) -> String {
        let column = (verb.allOptions.map(\.usage.count).max() ?? 0) + 2
        var lines = ["usage: \(verb.usage)", "", verb.details, "", "options:"]
        lines += verb.allOptions.map { "  \(padded($0.usage, to: column))\($0.help)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
