internal import Linux
internal import Supervisor

/// One log on its way to standard output, each line with its kind of process where several are shown.
struct LogSource: ~Copyable {
    let path: String
    private var file: LogFile
    private var text: LogText
    /// What stands before each line; nil: nothing.
    var label: String?
    /// A line whose end has not come yet: another log's must not come between.
    private var unfinished = ""

    /// Opens the log; nothing is read yet.
    init(_ path: String, keepsColours: Bool) throws(SystemError) {
        self.path = path
        file = try LogFile(path)
        text = LogText(keepsColours: keepsColours)
    }

    /// Prints the last lines that are there now.
    mutating func printLast(_ count: Int) throws(SystemError) {
        StandardOutput.write(labelled(text.printable(try file.lastLines(count))))
    }

    /// Prints what was written since.
    ///
    /// - Returns: whether anybody still reads what is printed.
    mutating func printMore() throws(SystemError) -> Bool {
        while true {
            let bytes = try file.more()
            guard !bytes.isEmpty else { return true }
            guard StandardOutput.write(labelled(text.printable(bytes))) else { return false }
        }
    }

    /// Prints what is left when nothing follows.
    mutating func printEnd() {
        let rest = labelled(text.end())
        StandardOutput.write(unfinished.isEmpty ? rest : rest + (label ?? "") + unfinished + "\n")
        unfinished = ""
    }

    private mutating func labelled(_ shown: String) -> String {
        guard let label else { return shown }
        var lines = (unfinished + shown).split(separator: "\n", omittingEmptySubsequences: false)
        unfinished = lines.popLast().map(String.init) ?? ""
        return lines.map { "\(label)\($0)\n" }.joined()
    }
}
