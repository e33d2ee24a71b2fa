/// Names of files that are not served unless a rule allows them: what lies among a site's files for its makers' sake.
struct DeniedNames: Sendable {
    private var names: [[UInt8]] = []
    private var suffixes: [[UInt8]] = []
    private var directories: [[UInt8]] = []

    /// - Parameter patterns: a name, `*` and the end of one, or the name of a directory at the top with a slash behind it.
    init(_ patterns: [String]) {
        for pattern in patterns {
            let bytes = Array(pattern.lowercased().utf8)
            if pattern.hasPrefix("*") {
                suffixes.append(Array(bytes.dropFirst()))
            } else if pattern.hasSuffix("/") {
                directories.append(bytes)
            } else {
                names.append(bytes)
            }
        }
    }

    /// Whether a path, relative to the directory that is served, has such a name in it. Case counts for nothing, and neither
    /// does the suffix of what is compressed.
    func contains(_ path: String) -> Bool {
        let bytes = Array(path.utf8).map(\.asciiLowercase)
        if directories.contains(where: { bytes.starts(with: $0) }) { return true }
        return bytes.split(separator: .slash).contains { segment in
            let name = Array(Self.uncompressed(segment))
            return names.contains(name)
                || suffixes.contains { name.count > $0.count && name.suffix($0.count).elementsEqual($0) }
        }
    }

    /// Suffixes of what is compressed.
    static let compressed = [".gz", ".br", ".bz2", ".xz", ".zst"]

    private static func uncompressed(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        for suffix in compressed where name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
            return name.dropLast(suffix.utf8.count)
        }
        return name
    }
}
