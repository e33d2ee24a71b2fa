internal import DeployCore
internal import Handoff

/// What is shown of a failed generation's log: its last lines, without what the probes have made its workers write again
/// and again.
///
/// A probe asks ten times a second, and a release that answers each time with the same error writes the same lines each
/// time. The first time says all.
struct LogExcerpt {
    /// So many lines of repetition are left out at once; fewer may stand in any text.
    private static let shortestRepetition = 3
    /// Lines of a traceback's last frame that are its end, too.
    private static let frameLines = 3
    /// Characters that are shown of a line.
    private static let longestLine = 2000

    /// The lines, of what the generation wrote since it began.
    private let lines: [Substring]
    private let healthPath: String
    /// Users have met the generation: then not every request in the log is a probe's.
    private let isMet: Bool

    init(_ lines: [Substring], healthPath: String, isMet: Bool) {
        self.lines = lines
        self.healthPath = healthPath
        self.isMet = isMet
    }

    /// The last `count` lines that say something new. What a traceback ends with is among them, the exception and where it
    /// was raised, though it be folded: its first time may lie further back, before other lines of the same error.
    func last(_ count: Int) -> [String] {
        let pieces = pieces().suffix(count)
        let ends = Self.ends(in: pieces).suffix(max(1, count / 2))
        let told = Set(pieces.suffix(max(0, count - ends.count)).compactMap(\.line).map(Self.pattern))
        var missing = ends.filter { !told.contains(Self.pattern($0)) }
        var shown: [Substring] = []
        for piece in pieces.reversed() {
            switch piece {
            case .line(let line): shown.append(line)
            case .folded(let lines, ends: let ends):
                let own = Set(ends.map(Self.pattern))
                let kept = missing.filter { own.contains(Self.pattern($0)) }
                missing.removeAll { own.contains(Self.pattern($0)) }
                shown += kept.reversed()
                if lines > kept.count { shown.append("(\(CountText.of(lines - kept.count, "line")) more of the same)") }
            }
        }
        return shown.prefix(count).reversed().map(Self.cut)
    }

    private enum Piece {
        case line(Substring)
        /// So many lines of repetition, and those of them that tracebacks end with.
        case folded(Int, ends: [Substring])

        var line: Substring? {
            switch self {
            case .line(let line): line
            case .folded: nil
            }
        }
    }

    private func pieces() -> [Piece] {
        var seen: Set<String> = []
        var pieces: [Piece] = []
        var repeated: [Substring] = []
        var ends: [Substring] = []
        var isBehindBlock = false
        var frame: [Substring] = []
        for line in lines where !isOfProbe(line) {
            let isEnd = isBehindBlock && !line.isEmpty && !Self.isIndented(line)
            isBehindBlock = Self.isIndented(line)
            defer { frame = isBehindBlock ? Self.frame(frame, line) : [] }
            if !seen.insert(Self.pattern(line)).inserted {
                repeated.append(line)
                if isEnd { ends += frame + [line] }
                continue
            }
            pieces += Self.folding(repeated, ends: ends)
            (repeated, ends) = ([], [])
            pieces.append(.line(line))
        }
        return pieces + Self.folding(repeated, ends: ends)
    }

    /// The first lines of a traceback's last frame, of Python: with them it says where.
    private static func frame(_ former: [Substring], _ line: Substring) -> [Substring] {
        if line.drop(while: { $0 == " " }).hasPrefix("File ") { return [line] }
        return former.isEmpty || former.count >= frameLines ? former : former + [line]
    }

    private static func folding(_ repeated: [Substring], ends: [Substring]) -> [Piece] {
        guard repeated.count >= shortestRepetition else { return repeated.map { .line($0) } }
        return [.folded(repeated.count, ends: ends)]
    }

    private static func isIndented(_ line: Substring) -> Bool { line.first.map { $0 == " " || $0 == "\t" } ?? false }

    /// The last lines of folded tracebacks, each once: the last of those that differ in numbers alone.
    private static func ends(in pieces: ArraySlice<Piece>) -> [Substring] {
        var seen: Set<String> = []
        let folded = pieces.flatMap { piece -> [Substring] in
            switch piece {
            case .line: []
            case .folded(_, ends: let ends): ends
            }
        }
        return folded.reversed().filter { seen.insert(pattern($0)).inserted }.reversed()
    }

    /// A line of any length would be an event of any length, for a client that may read slowly.
    private static func cut(_ line: Substring) -> String {
        let shown = line.prefix(longestLine)
        return shown.endIndex == line.endIndex ? String(line) : "\(shown)… (\(line.utf8.count) bytes)"
    }

    /// A line of an access log that is about a probe, in the forms that are common.
    private func isOfProbe(_ line: Substring) -> Bool {
        if line.contains("\(ProbeMark.userAgent)") { return true }
        guard !isMet, let method = line.firstRange(of: "GET ") else { return false }
        let target = line[method.upperBound...].drop { $0 == "\"" || $0 == "'" }
        guard target.hasPrefix(healthPath) else { return false }
        return target.dropFirst(healthPath.count).first.map { " \"'?".contains($0) } ?? true
    }

    /// The line but for what differs from one time to the next: numbers, times and ids. Names with a digit in them count: they
    /// may be all that tells one file from another.
    private static func pattern(_ line: Substring) -> String {
        var pattern = ""
        var word: [Character] = []
        func end() {
            pattern += masked(word)
            word = []
        }
        for character in line {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else {
                end()
                pattern.append(character)
            }
        }
        end()
        return pattern
    }

    /// A number, a part of a time, or an id in hexadecimal digits, as one sign; other words as they are.
    private static func masked(_ word: [Character]) -> String {
        guard word.contains(where: \.isNumber) else { return String(word) }
        let letters = word.filter(\.isLetter)
        let isID = word.starts(with: "0x") || word.count >= shortestID && word.allSatisfy(\.isHexDigit)
        return isID || letters.allSatisfy { "TZms".contains($0) } ? "#" : String(word)
    }

    /// Shorter ones may be names.
    private static let shortestID = 6
}
