internal import DeployCore
internal import Linux

/// The files that came into a release, or were changed there, since users met it: uploads, a database, a mend by hand. A removal
/// would lose them.
///
/// What programs make again by themselves is left out (``isDerived(_:)``), or each release with a cache would stay for ever.
struct LaterFiles {
    /// A release with more entries is not looked through to its end, and stays.
    private static let maxEntries = 1_000_000

    /// How many there are.
    private(set) var count = 0
    /// The first that was found, from the release's directory on.
    private(set) var example: String?
    /// What was not looked at, from the release's directory on; nil: everything was.
    private(set) var unseen: String?

    /// Looks through the whole release; it blocks for as long as the file system takes. No link is followed.
    ///
    /// - Parameter place: where the release lies by now; nil: at its path.
    init(in release: DeployedRelease, at place: String? = nil) {
        let root = place ?? release.path
        var directories = [root]
        var entries = 0
        while let directory = directories.popLast() {
            guard let names = try? Files.list(directory),
                let modified = try? Files.status(directory, followingLinks: false).modified
            else {
                unseen = unseen ?? Self.shown(directory, root)
                continue
            }
            for name in names where !Self.isDerived(Paths.join(directory, name)) {
                entries += 1
                let path = Paths.join(directory, name)
                guard entries <= Self.maxEntries, let status = try? Files.status(path, followingLinks: false) else {
                    unseen = unseen ?? Self.shown(path, root)
                    return
                }
                if status.kind == .directory {
                    directories.append(path)
                } else if Self.isLater(path, status, since: release.served, inDirectoryOf: modified) {
                    count += 1
                    example = example ?? Self.shown(path, root)
                }
            }
        }
    }

    /// Why the release has to stay; nil: nothing was found in it.
    var obstacle: String? {
        if let unseen { return "it could not be looked through (\(unseen))" }
        guard let example else { return nil }
        let what = count == 1 ? "\(example) was" : "\(example) and \(CountText.of(count - 1, "other file")) were"
        return
            "\(what) added or changed after it had begun to serve; what has to last belongs into a `shared` directory "
            + "(deployd.json), and what nobody needs can be removed by hand"
    }

    /// A copy keeps the time of the content, and a move also that of the making; a new name or a change of the mode alters only the
    /// time of the change. What has a second name is not lost.
    private static func isLater(
        _ path: String, _ status: FileStatus, since served: Duration, inDirectoryOf modified: Duration
    ) -> Bool {
        guard status.kind == .file || status.kind == .link, status.changed > served else { return false }
        if status.modified > served { return true }
        guard let born = Files.born(path) else { return status.links == 1 }
        return born > served || (modified > served && status.links == 1)
    }

    private static func shown(_ path: String, _ root: String) -> String {
        path == root ? "." : Paths.shortened(path, from: root)
    }

    /// Made again by programs whenever it is missed: by the name of the directory, or the end of a file's.
    static func isDerived(_ path: String) -> Bool {
        let name = Paths.name(path)
        return derivedNames.contains(name) || derivedEnds.contains { name.hasSuffix($0) }
            || derivedPaths.contains { path.hasSuffix($0) }
    }

    private static let derivedNames: Set<String> = [
        "__pycache__", ".cache", "cache", "caches", ".pytest_cache", ".mypy_cache", ".sass-cache", "tmp", "temp", "log",
        "logs",
        "sessions",
    ]
    private static let derivedEnds = [".pyc", ".pyo", ".log", ".pid"]
    /// Laravel's compiled pages.
    private static let derivedPaths = ["/storage/framework/views"]
}
