internal import Linux

/// What the unit of a service lets it write to, as far as its text says. Source: systemd.exec(5), "SANDBOXING".
struct ServiceSandbox: Equatable, Sendable {
    /// Nothing may be written but what is named.
    private(set) var isStrict = false
    private var isHomeOpen = true
    /// What ReadWritePaths= names.
    private var named: [Place] = []
    /// What systemd itself makes.
    private var made: [String] = []

    private struct Place: Equatable, Sendable {
        let path: String
        /// The service starts without it, too.
        let isOptional: Bool
    }

    private static let roots = [
        "StateDirectory": "/var/lib", "RuntimeDirectory": "/run", "CacheDirectory": "/var/cache",
        "LogsDirectory": "/var/log",
    ]

    /// - Parameter texts: the unit's file, and those that add to it, in systemd's order.
    init(_ texts: [String]) {
        for text in texts {
            for line in text.replacing("\\\n", with: " ").split(separator: "\n") where !line.hasPrefix("#") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                take(parts[0].filter { $0 != " " }, String(parts[1]))
            }
        }
    }

    private mutating func take(_ key: String, _ value: String) {
        switch key {
        case "ProtectSystem": isStrict = value == "strict"
        case "ProtectHome": isHomeOpen = ["no", "false", "off", "0"].contains(value)
        case "ReadWritePaths":
            let words = Self.words(value)
            named = words.isEmpty ? [] : named + words.map(Self.place)
        default:
            guard let root = Self.roots[key] else { return }
            made += Self.words(value).map { Paths.join(root, $0) }
        }
    }

    private static func place(_ word: String) -> Place {
        let path = word.drop { "-+".contains($0) }
        return Place(path: Paths.normalised(String(path)), isOptional: word.hasPrefix("-"))
    }

    /// The words of a list, without their quotes and escapes.
    private static func words(_ value: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in value.replacing("%%", with: "%").replacing("$$", with: "$") {
            switch character {
            case _ where isEscaped:
                word = (word ?? "") + String(character)
                isEscaped = false
            case "\\": isEscaped = true
            case _ where character == quote: quote = nil
            case _ where quote == nil && "\"'".contains(character): (quote, word) = (character, word ?? "")
            case _ where quote == nil && " \t".contains(character):
                words += [word].compactMap(\.self)
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + [word].compactMap(\.self)
    }

    /// Whether ProtectHome= closes a path.
    static func isHome(_ path: String) -> Bool {
        ["/home", "/root", "/run/user"].contains { Paths.contains($0, path) }
    }

    /// Whether a directory is open to the service.
    func mayWrite(_ path: String) -> Bool {
        guard isStrict else { return true }
        return (isHomeOpen || !Self.isHome(path)) && (named.map(\.path) + made).contains { Paths.contains($0, path) }
    }

    /// What has to be there for the service to start, and is not.
    var missing: [String] {
        named.filter { !$0.isOptional && Files.kind($0.path) == nil }.map(\.path).uniqued()
    }
}
