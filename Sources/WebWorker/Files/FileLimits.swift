/// What of the files below a directory is found, and where their links may lead.
struct FileLimits: Sendable {
    /// Which files are the source of scripts, and not sent.
    let sources: ScriptSources
    /// Files that are never sent, with links followed.
    let reserved: ReservedFiles
    /// What rules say of the path of a file that was opened.
    var ruled = RuledFiles()
    /// Directories elsewhere into which links may lead.
    var follow: [ServedDirectory] = []
    /// Directories, absolute and without links, of which nothing is found, whatever leads there.
    var closed: [String] = []

    init(sources: ScriptSources = ScriptSources(), reserved: ReservedFiles = ReservedFiles()) {
        self.sources = sources
        self.reserved = reserved.resolved
    }

    /// Whether a file (absolute, without links) lies in a directory of which nothing is found.
    func isClosed(_ place: String) -> Bool { closed.contains { ServedDirectory.lies(place, in: $0) } }
}

/// The rules of a site as they count for a file that was opened, by whatever path: by each path of the site that leads to it.
struct RuledFiles: Sendable {
    /// Nil: there are no rules.
    var rules: RuleTable?
    /// Where directories (absolute, without links) stand in the site: the path before their files, empty for its top.
    var fronts: [(path: String, directory: String)] = []

    /// Whether a rule denies one of the paths, or one by which the file at a place (absolute, without links) may be asked for.
    func denies(_ paths: [String], _ place: String) -> Bool {
        guard let rules else { return false }
        let own = fronts.filter { ServedDirectory.lies(place, in: $0.directory) }.map {
            $0.path + place.dropFirst($0.directory == "/" ? 0 : $0.directory.count)
        }
        return (paths + own).contains { rules.denies(Array($0.utf8)) }
    }
}
