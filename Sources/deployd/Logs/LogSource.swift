internal import Linux
internal import Supervisor

/// One log on its way to standard output, each line with its kind of process where several are shown.
struct LogSource: ~Copyable {
    let path: String
    private var file: LogFile
    private var text: LogText
    private let filter: LogFilter
    private let name: LogName
    /// What stands before each line; nil: nothing.
    var label: String?
    /// A line whose end has not come yet: another log's must not come between.
    private var unfinished = ""

    /// Opens the log; nothing is read yet.
    init(_ path: String, _ name: LogName, _ filter: LogFilter, keepsColours: Bool) throws(SystemError) {
        self.path = path
        self.name = name
        self.filter = filter
        file = try LogFile(path)
        text = LogText(keepsColours: keepsColours)
    }

    /// Prints the last lines that are there now, of those that are wanted.
    ///
    /// - Parameter count: nil: all of them.
    mutating func printLast(_ count: Int?) throws(SystemError) {
        guard filter.isSelective else {
            StandardOutput.write(labelled(text.printable(try file.lastLines(count ?? .max))))
            return
        }
        let start = filter.since.map { LogTimes(ofLog: path).start(after: $0) ?? 0 } ?? 0
        let shown = labelled(text.printable(try file.lines(from: start)))
        let lines = shown.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        StandardOutput.write(lines.suffix(count ?? .max).map { "\($0)\n" }.joined())
    }

    /// It is not known when any of it was written.
    var isTimeless: Bool { !file.isEmpty && LogTimes(ofLog: path).entries.isEmpty }

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
        StandardOutput.write(unfinished.isEmpty ? rest : rest + labelled("\n"))
        unfinished = ""
    }

    private mutating func labelled(_ shown: String) -> String {
        guard label != nil || filter.isSelective || filter.isJSON else { return shown }
        var lines = (unfinished + shown).split(separator: "\n", omittingEmptySubsequences: false)
        unfinished = lines.popLast().map(String.init) ?? ""
        return lines.compactMap { filter.line(String($0), of: name, label: label).map { "\($0)\n" } }.joined()
    }
}
