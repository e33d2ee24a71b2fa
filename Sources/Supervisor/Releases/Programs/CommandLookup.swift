internal import Linux

/// Finds the program that a manifest's command names.
package struct CommandLookup: Sendable {
    /// The absolute path of the release.
    package let release: String
    /// The directory of the deployd executable.
    package let executableDirectory: String
    /// PATH: directories with colons between.
    package let searchPath: String

    /// A search for the commands of `release`.
    package init(release: String, executableDirectory: String, searchPath: String) {
        self.release = release
        self.executableDirectory = executableDirectory
        self.searchPath = searchPath
    }

    /// The result of a search.
    package enum Result: Equatable, Sendable {
        /// The absolute path of the program.
        case found(String)
        /// There is a file of that name, but it may not be executed.
        case notExecutable(String)
        /// There is no file of that name; the directories or the path where it was looked for.
        case notFound(lookedIn: [String])
    }

    /// Looks for `program`: an absolute path as it is; one with a slash in the release; a bare name in the release, in
    /// its `bin`, beside deployd, on PATH, and among the programs of the system, in this order. The first file of the name
    /// ends the search.
    package func find(_ program: String) -> Result {
        let candidates = candidates(program)
        guard let path = candidates.first(where: { Files.kind($0) == .file }) else {
            return .notFound(lookedIn: program.contains("/") ? candidates : candidates.map(Paths.parent))
        }
        return Files.isExecutable(path) ? .found(path) : .notExecutable(path)
    }

    private func candidates(_ program: String) -> [String] {
        if program.contains("/") { return [Paths.join(release, program)] }
        let onPath = Defaults.completed(searchPath: searchPath).split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") }
        var seen: Set<String> = []
        return ([release, Paths.join(release, "bin"), executableDirectory] + onPath)
            .map { Paths.join($0, program) }
            .filter { seen.insert($0).inserted }
    }
}
