internal import Linux

/// Whether what would run as root is in root's hands alone: the release, its manifest, the program that is started and what
/// is started in its place, its directory, its environment files, and each directory and link on the way to them.
///
/// What a program reads and loads by itself is not known, and not looked at.
struct RootCheck {
    let trust: FileTrust
    /// The release, absolute, without links.
    let release: String
    /// The release as the user knows it.
    let shown: String
    /// Parts that were reported, so that each is reported once.
    private var told: Set<String> = []
    private var hasSeenRelease = false

    init(trust: FileTrust, release: String, shown: String) {
        self.trust = trust
        self.release = release
        self.shown = shown
    }

    /// The trouble with the release itself; empty when it was told before.
    mutating func releaseProblems() -> [Problem] {
        guard !hasSeenRelease else { return [] }
        hasSeenRelease = true
        let manifest = Paths.join(release, Defaults.manifestFile)
        if let problem = trust.problem(withRelease: release, shown: shown, runsAs: 0) {
            // It says all of these.
            told.formUnion([release, manifest, (try? Files.realPath(manifest)) ?? manifest])
            return [problem]
        }
        return [
            problem(with: release, what: "a release", file: shown),
            problem(with: manifest, what: "a manifest", file: shown),
        ].compactMap { $0 }
    }

    /// The trouble with something that takes part in a process of root's; nil: none, or it was told before.
    mutating func problem(with path: String, what: String, file: String, keyPath: String = "") -> Problem? {
        guard let part = trust.foreignPart(onWayTo: path), told.insert(part.place).inserted else { return nil }
        let place = part.place == path ? "\(path), which" : "\(path), on the way to which \(part.place)"
        return Problem(
            file: file, keyPath: keyPath, found: "\(place) \(part.why)",
            expected: "\(what) that only root can change, as it would run as root",
            advice: "name another user in deployd.json: { user: \"www-data\" }, or, if it is to run as root: "
                + advice(on: part))
    }

    private func advice(on part: FileTrust.ForeignPart) -> String {
        let word = ShellWord.quoted(part.place)
        switch part.kind {
        case .link: return "chown -h root \(word)"
        case .directory where !Paths.contains(release, part.place):
            // It may be somebody's home directory.
            let what = Paths.contains(part.place, release) ? "the release" : "what lies in it"
            return "move \(what) to a directory that only root can write"
        case .file, .directory, .socket, .other: return "chown -h root \(word) && chmod go-w \(word)"
        }
    }
}
