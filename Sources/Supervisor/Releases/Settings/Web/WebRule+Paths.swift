extension WebRule {
    /// Whether the rule is for a decoded path in its normal form, as the web server's `PathPattern` has it.
    func isFor(_ path: String) -> Bool {
        let (pattern, bytes) = (Array(self.path.utf8), Array(path.utf8))
        let isBare = pattern.count > 2 && pattern.suffix(2) == [0x2f, 0x2a] && pattern.count { $0 == 0x2a } == 1
        return isBare && bytes == pattern.dropLast(2) || Self.matches(pattern, bytes)
    }

    /// The rule is for every path.
    var isForAll: Bool { ["/*", "*"].contains(path) }

    /// Whether the rule is for each path that another one is for. (What a star stands for only a star can take.)
    func isForAll(of other: WebRule) -> Bool {
        isFor(other.sample) && (!other.path.hasSuffix("/*") || isFor(other.bare))
    }

    /// A path for which the rule is, and that no pattern has letter by letter.
    var sample: String { path.replacing("*", with: Self.anything) }

    /// Stands for what a star stands for: no path that is written has it.
    static let anything = "\u{1}"

    private var bare: String { path == "/*" ? "/" : String(path.dropLast(2)).replacing("*", with: Self.anything) }

    /// Matches a text with a pattern in which a star stands for any bytes.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (place, at) = (0, 0)
        var star: (next: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == 0x2a {
                place += 1
                star = (place, at)
            } else if place < pattern.count, pattern[place] == text[at] {
                (place, at) = (place + 1, at + 1)
            } else if let last = star {
                star = (last.next, last.at + 1)
                (place, at) = (last.next, last.at + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == 0x2a }
    }

    /// What the rule says, by its words; of headers each name is one.
    var words: [String] {
        var words = headers.keys.sorted().map { "headers.\($0)" }
        if deny != nil { words.append("deny") }
        if redirect != nil { words.append("redirect") }
        if cache != nil { words.append("cache") }
        if maxBodyBytes != nil { words.append("maxBodyBytes") }
        if fallback != nil { words.append("fallback") }
        if compress != nil { words.append("compress") }
        return words
    }

    /// The rule answers by itself, whatever is there: no word of a later one but its headers counts.
    var answers: Bool { deny == true || redirect != nil }
}
