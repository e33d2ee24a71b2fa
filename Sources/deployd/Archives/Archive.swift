internal import Linux
internal import Supervisor

/// A release in a tar archive, and how it becomes a directory: all of it or nothing, below the releases' directory.
///
/// `tar` unpacks (GNU tar knows the compressions, makes no link before the files that would go through it, and takes nothing from
/// a path that leads up); what it lists is looked at first.
struct Archive {
    /// Where the bytes come from.
    enum Source: Equatable {
        case file(String)
        case standardInput
    }

    /// The most entries, and the most bytes when unpacked.
    struct Limits: Equatable {
        var entries = 500_000
        var bytes = 16 << 30
    }

    let source: Source
    let releases: String
    var limits = Limits()

    /// The archive that an operand of `deploy` means: `-`, or a file. Nil for a directory, and for what is not there.
    init?(operand: String, releases: String) {
        if operand == "-" {
            source = .standardInput
        } else {
            guard Files.kind(operand) == .file else { return nil }
            source = .file(operand)
        }
        self.releases = releases
    }

    /// Unpacks it as a release of this name. Returns the release's path.
    ///
    /// - Parameter check: what is to be known of the archive's file before anything of it is believed.
    func unpack(
        as name: ReleaseName, check: (_ file: String) throws(CommandError) -> Void
    ) throws(CommandError) -> String {
        let target = try requireFree(name)
        let room = try UnpackingRoom(in: releases)
        try room.publish(try unpack(in: room, check: check), as: target)
        return target
    }

    /// The path that a release of this name would have: nothing may be there.
    @discardableResult
    func requireFree(_ name: ReleaseName) throws(CommandError) -> String {
        let target = Paths.join(releases, name.text)
        guard (try? Files.status(target, followingLinks: false)) == nil else {
            throw CommandError(
                "deploy: \(target) is there already: choose another name with --name, or deploy that one")
        }
        return target
    }

    /// Unpacks it, has `body` look at the release, and takes everything away again.
    func look(
        check: (_ file: String) throws(CommandError) -> Void, _ body: (_ release: String) throws(CommandError) -> Void
    ) throws(CommandError) {
        let room = try UnpackingRoom(in: releases, mode: 0o711)
        try body(try room.place(try unpack(in: room, check: check)))
        withExtendedLifetime(room) {}
    }

    /// Unpacks it. Returns the directory with its manifest.
    private func unpack(
        in room: UnpackingRoom, check: (_ file: String) throws(CommandError) -> Void
    ) throws(CommandError) -> String {
        let file = try local(in: room)
        try check(file)
        try ArchiveListing.read(file).examine(limits)
        let tree = try room.makeTree()
        try Tool.run(
            "tar",
            [
                "--extract", "--file", file, "--directory", tree, "--no-same-owner", "--no-same-permissions",
                "--no-overwrite-dir", "--no-acls", "--no-selinux", "--no-xattrs", "--warning=no-timestamp",
            ]
        ).orFail("the archive cannot be unpacked")
        return try Self.release(in: tree)
    }

    /// The archive as a file of our own: what is looked at is what is unpacked, whoever may write to the other.
    private func local(in room: UnpackingRoom) throws(CommandError) -> String {
        switch source {
        case .file(let path):
            let reader: FileReader
            do { reader = try FileReader(path) } catch { throw CommandError("deploy: \(error)") }
            return try room.keep(limit: limits.bytes, reader.read)
        case .standardInput:
            guard !StandardInput.isTerminal else {
                throw CommandError("deploy: - means an archive on standard input: deployd deploy - < app.tar.gz")
            }
            return try room.keep(limit: limits.bytes, StandardInput.read)
        }
    }

    /// A file that is read from its beginning.
    private final class FileReader {
        private let file: FileDescriptor

        init(_ path: String) throws(SystemError) { file = try Files.open(path) }

        /// Reads once over the front of a buffer; 0 at the end.
        func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
            guard case .bytes(let count) = try file.read(into: &buffer) else { return 0 }
            return count
        }
    }

    /// The directory with the manifest: the archive's top, or the one directory that is there.
    private static func release(in tree: String) throws(CommandError) -> String {
        func isRelease(_ path: String) -> Bool { Files.kind(Paths.join(path, Defaults.manifestFile)) == .file }
        if isRelease(tree) { return tree }
        let names = ((try? Files.list(tree)) ?? []).sorted()
        if names.count == 1, isRelease(Paths.join(tree, names[0])) { return Paths.join(tree, names[0]) }
        let found = names.isEmpty ? "nothing" : names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        throw CommandError(
            "deploy: the archive has no \(Defaults.manifestFile) at its top or in its only directory (there: \(found)): "
                + "pack it so that it has: tar -czf app.tar.gz -C APP .")
    }
}

/// What a release is called that came as an archive.
struct ReleaseName: Equatable {
    let text: String

    private static let longest = 200

    /// A name that somebody chose.
    init(_ chosen: String) throws(CommandError) {
        guard !chosen.isEmpty, !chosen.hasPrefix("."), chosen.utf8.count <= Self.longest, !chosen.contains("/"),
            !chosen.hasPrefix("-"), ForeignText.line(chosen) == chosen
        else {
            throw CommandError(
                "deploy: --name: found \"\(ForeignText.line(chosen))\"; expected the name of a directory, without a slash or control "
                    + "characters, not beginning with a dot or a dash, of at most \(Self.longest) bytes",
                exitCode: .usage)
        }
        text = chosen
    }

    /// One that sorts by time, and is free: 20261201T081523Z-app for app.tar.gz; 20261201T081523Z-2 for the second that comes on
    /// standard input in that second.
    ///
    /// - Parameters:
    ///   - now: since 1970, UTC.
    ///   - isTaken: whether there is a release of a name.
    init(of source: Archive.Source, now: Duration, isTaken: (String) -> Bool = { _ in false }) {
        let name = Self.name(of: source, now: now)
        var (free, number) = (name, 1)
        while isTaken(free) {
            number += 1
            free = "\(name)-\(number)"
        }
        text = free
    }

    private static func name(of source: Archive.Source, now: Duration) -> String {
        let time = WallClock.text(now).prefix { $0 != "." }.filter { $0.isNumber || $0 == "T" } + "Z"
        switch source {
        case .standardInput: return time
        case .file(let path):
            let stem = Paths.name(path).prefix { $0 != "." }.filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_+".contains($0))
            }
            return stem.isEmpty ? time : "\(time)-\(stem.prefix(100))"
        }
    }
}
