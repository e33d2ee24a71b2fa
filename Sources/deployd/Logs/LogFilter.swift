internal import DeployCore
internal import Linux
internal import Supervisor

/// Which lines of logs are wanted, and how they are shown.
struct LogFilter {
    /// Only what was written after this moment, in seconds since 1970; nil: all.
    var since: Int?
    /// Only lines with this text in them; nil: all.
    var text: String?
    var isJSON = false

    /// Not all lines are wanted.
    var isSelective: Bool { since != nil || text != nil }

    private struct Line: Encodable {
        let generation: Int
        let process: String
        let line: String
    }

    /// A line as it is shown; nil: it is not wanted.
    func line(_ line: String, of name: LogName, label: String?) -> String? {
        if let text, !line.contains(text) { return nil }
        guard isJSON else { return (label ?? "") + line }
        return JSONLine.text(Line(generation: name.generation.rawValue, process: name.kind, line: line))
    }
}
