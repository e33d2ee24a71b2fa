/// Which files are the source of scripts, and are not sent: told by their names, wherever or in some directories.
struct ScriptSources: Sendable {
    private struct Kind: Sendable {
        /// In lower case.
        let suffix: [UInt8]
        /// The directories where such scripts lie, absolute and without links; nil: everywhere.
        let directories: [String]?
        /// Suffixes of what is written in the same language.
        let kin: [[UInt8]]
    }

    private var kinds: [Kind] = []

    /// Takes files that end so for scripts, in these directories (absolute, without links) or everywhere.
    mutating func add(suffix: String, in directories: [String]? = nil) {
        let bytes = Array(suffix.utf8).map(\.asciiLowercase)
        let kin = bytes == Array(".php".utf8) ? Self.kinOfPHP : []
        kinds.append(Kind(suffix: bytes, directories: directories, kin: kin))
    }

    /// Whether the file at a place (absolute, without links) is the source of a script: also what is compressed, or a copy that an
    /// editor has left. Ignores case, and the dots and spaces that some file systems drop at the end.
    func contains(_ place: String) -> Bool { matches(place) { [$0.suffix] } }

    /// Whether the file has a name that scripts of the same language have, or what they include: `.phtml`, `.inc`.
    func hasKin(_ place: String) -> Bool { matches(place, \.kin) }

    private func matches(_ place: String, _ suffixes: (Kind) -> [[UInt8]]) -> Bool {
        guard !kinds.isEmpty else { return false }
        let name = Self.bare(place)
        return kinds.contains { kind in
            suffixes(kind).contains { name.count >= $0.count && name.suffix($0.count).elementsEqual($0) }
                && kind.directories?.contains { ServedDirectory.lies(place, in: $0) } != false
        }
    }

    /// A name in lower case without what is added to it for a copy.
    private static func bare(_ name: String) -> ArraySlice<UInt8> {
        var bytes = Array(name.utf8).map(\.asciiLowercase)[...]
        var count = 0
        while count != bytes.count {
            count = bytes.count
            while let last = bytes.last, last == 0x2e || last == .space { bytes.removeLast() }
            for suffix in copies where bytes.suffix(suffix.count).elementsEqual(suffix) {
                bytes.removeLast(suffix.count)
            }
        }
        return bytes
    }

    private static let copies =
        (DeniedNames.compressed + ["~", ".bak", ".old", ".orig", ".save", ".swp"]).map { Array($0.utf8) }
    private static let kinOfPHP =
        [".php3", ".php4", ".php5", ".php7", ".php8", ".phps", ".pht", ".phtml", ".phar", ".inc"].map { Array($0.utf8) }
}
