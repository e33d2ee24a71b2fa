/// Makes the commands that a text advises to type those of the master that is meant: with the `--config FILE` of the command
/// line that it answers.
///
/// Advice is written as `deployd VERB` in backticks, by whoever has it to give; it is made complete here, where it is
/// printed, and nowhere else.
package struct CommandAdvice: Equatable, Sendable {
    /// Options added to each command, with a space before them; nil for none.
    private let options: String?

    /// - Parameter configurationFile: what `--config` said; nil: nothing, so the same file is found again without it.
    package init(configurationFile: String?) {
        options = configurationFile.map { " --config \(ShellWord.quoted($0))" }
    }

    /// For a command line that names no file.
    package static let plain = CommandAdvice(configurationFile: nil)

    /// A command to type, without the backticks; each of the words is one for the shell too.
    package func command(_ words: String...) -> String {
        (["deployd"] + words.map(ShellWord.quoted)).joined(separator: " ") + (options ?? "")
    }

    /// The text with every command in backticks made complete. Doing it again changes nothing.
    package func completed(_ text: String) -> String {
        guard let options else { return text }
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            let isQuoted = index > 0 && index < parts.count - 1
            return isQuoted && Self.goesByConfiguration(part) ? "\(part)\(options)" : String(part)
        }.joined(separator: "`")
    }

    /// These are the words of a command that looks for a master or its files.
    private static func goesByConfiguration(_ text: Substring) -> Bool {
        var words = text.split(separator: " ")[...]
        if words.first == "sudo" { words = words.dropFirst(words.dropFirst().first == "-u" ? 3 : 1) }
        guard words.popFirst() == "deployd", let verb = words.first else { return false }
        guard !["help", "init", "version"].contains(verb), !words.contains("--help"), !words.contains("--config") else {
            return false
        }
        return verb.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }
}
