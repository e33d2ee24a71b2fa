/// What is shown of a failed generation's log: its last lines, without what the probes have made its workers write again
/// and again.
///
/// A probe asks ten times a second, and a release that answers each time with the same error writes the same lines each
/// time. The first time says all.
struct LogExcerpt {
    /// So many lines of repetition are left out at once; fewer may stand in any text.
    private static let shortestRepetition = 3
    /// Characters that are shown of a line.
    private static let longestLine = 2000

    /// The lines, of what the generation wrote since it began.
    private let lines: [Substring]
    private let healthPath: String
    /// Whether users have met it: then not every request in the log is a probe's.
    private let isMet: Bool

    init(_ lines: [Substring], healthPath: String, isMet: Bool) {
        self.lines = lines
        self.healthPath = healthPath
        self.isMet = isMet
    }

    /// The last `count` lines that say something new.
    func last(_ count: Int) -> [String] {
        let own = lines.filter { !isOfProbe($0) }
        var seen: Set<String> = []
        var shown: [Substring] = []
        var repeated: [Substring] = []
        for line in own {
            if seen.contains(Self.pattern(line)) {
                repeated.append(line)
                continue
            }
            shown += Self.worthShowing(repeated)
            repeated = []
            seen.insert(Self.pattern(line))
            shown.append(line)
        }
        shown += Self.worthShowing(repeated)
        return shown.suffix(count).map(Self.cut)
    }

    /// A line of any length would be an event of any length, for a client that may read slowly.
    private static func cut(_ line: Substring) -> String {
        let shown = line.prefix(longestLine)
        return shown.endIndex == line.endIndex ? String(line) : "\(shown)… (\(line.utf8.count) bytes)"
    }

    private static func worthShowing(_ repeated: [Substring]) -> [Substring] {
        guard repeated.count >= shortestRepetition else { return repeated }
        return ["(\(repeated.count) lines more of the same)"]
    }

    /// A line of an access log that is about a probe, in the forms that are common.
    private func isOfProbe(_ line: Substring) -> Bool {
        if line.contains("deployd-probe") { return true }
        guard !isMet, let method = line.firstRange(of: "GET ") else { return false }
        let target = line[method.upperBound...].drop { $0 == "\"" || $0 == "'" }
        guard target.hasPrefix(healthPath) else { return false }
        return target.dropFirst(healthPath.count).first.map { " \"'?".contains($0) } ?? true
    }

    /// The line but for what differs from one time to the next: words with a digit in them, such as times and ids.
    private static func pattern(_ line: Substring) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false)
            .map { $0.contains(where: \.isNumber) ? "#" : $0 }.joined(separator: " ")
    }
}
