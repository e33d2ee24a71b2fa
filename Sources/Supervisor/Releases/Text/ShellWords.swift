/// Recognizes a command that is written as for a shell, and so names no program.
struct ShellWords {
    /// The program and its arguments, as they are written.
    let command: [String]

    /// Characters that mean more to a shell than themselves.
    private static let signs: Set<Character> = ["&", "|", ";", "<", ">", "$", "*", "?", "`", "(", ")", "\"", "'"]
    /// Commands that only shells know.
    private static let builtins: Set<String> = [
        ".", "cd", "exec", "export", "set", "source", "ulimit", "umask", "unset",
    ]

    /// A better way to write it; empty if it does not look like a shell's.
    var advice: String {
        guard let program = command.first else { return "" }
        let isOfShell =
            program.hasPrefix("~") || program.contains { Self.signs.contains($0) }
            || Self.builtins.contains(program.split(separator: " ").first.map(String.init) ?? "")
        if isOfShell {
            let line = (["sh", "-c"].map(JSONValue.quoted) + [JSONValue.quoted(command.joined(separator: " "))])
            return "no shell is involved unless you write it: [\(line.joined(separator: ", "))]"
        }
        let words = program.split(separator: " ").map(String.init) + command.dropFirst()
        guard program.contains(" ") else { return "" }
        return "no shell is involved: each word is a string of its own: "
            + "[\(words.map(JSONValue.quoted).joined(separator: ", "))]"
    }
}
