internal import Linux
internal import Supervisor

/// What `tar` says is in an archive, before anything of it is on the disk.
struct ArchiveListing: Equatable {
    /// A line of the list.
    struct Entry: Equatable {
        /// `-`, `d`, `l`, `h`; `b`, `c` and `p` are no files of a release.
        let type: Character
        let bytes: Int
        let name: String
    }

    let entries: [Entry]

    /// Lists the archive in a file.
    static func read(_ file: String) throws(CommandError) -> ArchiveListing {
        let output = try Tool.run(
            "tar",
            [
                "--list", "--verbose", "--block-number", "--numeric-owner", "--quoting-style=escape", "--full-time",
                "--file", file,
            ]
        ).orFail("it cannot be read as a tar archive, or is not whole")
        // Without it GNU tar takes the end of a stream that broke between two files for the end of the archive.
        guard output.hasSuffix(": ** Block of NULs **\n") else {
            throw CommandError("deploy: the archive is not whole: its end is missing: nothing was unpacked")
        }
        guard let listing = ArchiveListing(output) else {
            throw CommandError("deploy: what tar says of the archive is not understood: is it GNU tar?")
        }
        return listing
    }

    /// Reads `block 0: -rw-r--r-- 0/0 12 2026-12-01 08:00:00 name`; names have escapes, so each line is one. Nil for another form.
    init?(_ text: String) {
        var entries: [Entry] = []
        for numbered in text.split(separator: "\n") {
            guard let colon = numbered.firstRange(of: ": ") else { return nil }
            let line = numbered[colon.upperBound...]
            if line == "** Block of NULs **" { continue }
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard words.count == 6, let type = line.first, let bytes = Self.bytes(words[2], type) else { return nil }
            var name = words[5]
            // (A name with an arrow of its own is cut there, which makes it no better.)
            let arrow = type == "l" ? " -> " : type == "h" ? " link to " : nil
            if let arrow, let place = name.firstRange(of: arrow) { name = name[..<place.lowerBound] }
            entries.append(Entry(type: type, bytes: bytes, name: String(name)))
        }
        self.entries = entries
    }

    /// The size; of a device tar writes its numbers there.
    private static func bytes(_ word: Substring, _ type: Character) -> Int? {
        type == "b" || type == "c" ? 0 : Int(word).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Refuses what is no release.
    func examine(_ limits: Archive.Limits) throws(CommandError) {
        guard entries.count <= limits.entries else {
            throw CommandError(
                "deploy: the archive has \(entries.count) entries; at most \(limits.entries) are unpacked")
        }
        var bytes = 0
        for entry in entries {
            if let why = Self.obstacle(entry) {
                throw CommandError(
                    "deploy: the archive has \"\(ForeignText.line(entry.name))\", \(why): nothing was unpacked")
            }
            bytes += entry.bytes
            guard bytes <= limits.bytes else {
                throw CommandError(
                    "deploy: the archive has more than \(Sizes.text(limits.bytes)) when unpacked: nothing was unpacked")
            }
        }
    }

    private static func obstacle(_ entry: Entry) -> String? {
        switch entry.type {
        case "-", "d", "l", "h": break
        case "b", "c": return "which is a device"
        case "p": return "which is a pipe"
        default: return "which is neither file, directory nor link"
        }
        if entry.name.hasPrefix("/") { return "which is an absolute path" }
        if entry.name.split(separator: "/").contains("..") { return "which leads out of the release" }
        return nil
    }
}
