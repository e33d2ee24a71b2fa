internal import DeployCore
internal import Linux

/// Makes of a release's name all that is needed to start it, and tells every mistake at once. It changes nothing.
package struct ReleaseResolver: Sendable {
    /// The settings of the server.
    package let configuration: Configuration
    /// The master's own: its environment is what workers inherit.
    package let surroundings: Surroundings

    /// A resolver for releases of this server.
    package init(configuration: Configuration, surroundings: Surroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
    }

    /// The release, ready to start.
    ///
    /// - Parameter path: the release; a link is followed once, here. Relative paths start at the working directory.
    /// - Throws: everything that stands in the way.
    package func resolve(_ path: String) throws(ProblemsFound) -> ResolvedRelease {
        let examination = examine(path)
        guard let release = examination.release else { throw ProblemsFound(examination.problems) }
        return release
    }

    /// Looks at everything that has to be right before a release can start.
    package func examine(_ path: String) -> ReleaseExamination {
        let named = Paths.join(surroundings.workingDirectory, path)
        let shown = Paths.shortened(named, from: surroundings.workingDirectory)
        if let problem = nameProblem(named) { return ReleaseExamination(release: nil, problems: [problem]) }
        let realPath: String
        do {
            realPath = try Files.realPath(named)
        } catch {
            let problem = Problem(
                file: shown, unreadable: error, expected: "a release: a directory with a \(Defaults.manifestFile)",
                advice: error.errno == .notFound ? whereElse(named) : "")
            return ReleaseExamination(release: nil, problems: [problem])
        }
        if let problem = nameProblem(realPath) { return ReleaseExamination(release: nil, problems: [problem]) }
        do {
            let writers = ReleaseWriters(of: realPath, surroundings: surroundings)
            let manifest = try readManifest(of: realPath, shown: shown, writers)
            let trust = FileTrust(user: surroundings.userID)
            var examiner = ReleaseExaminer(
                path: realPath, shown: shown, manifest: manifest, resolver: self, writers: writers,
                root: RootCheck(trust: trust, release: realPath, shown: shown))
            return examiner.examine()
        } catch {
            return ReleaseExamination(release: nil, problems: error.problems)
        }
    }

    /// A name is printed in many places, by people's shells too: it is refused here if it could do harm there.
    private func nameProblem(_ path: String) -> Problem? {
        guard !ForeignText.isHarmless(path) || path.contains("\t") else { return nil }
        return Problem(
            file: ForeignText.line(path), found: "control characters in the release's name or path",
            expected: "a name that can be printed", advice: "rename it")
    }

    /// Other places that were searched for a release, and what they have.
    private func whereElse(_ named: String) -> String {
        let layout = ReleaseLayout(configuration)
        let releases = layout.releases().map(layout.label)
        let other = Paths.join(layout.releasesDirectory, Paths.name(named))
        let lookedFor = Paths.parent(named) == layout.releasesDirectory ? "" : "nor is there \(other); "
        guard Files.kind(layout.releasesDirectory) != nil else {
            return lookedFor + "there is no directory \(layout.releasesDirectory)"
        }
        guard !releases.isEmpty else { return lookedFor + "\(layout.releasesDirectory) has no releases" }
        let nearest = NearestName.of(Paths.name(named), in: releases).map { "; did you mean \($0)?" } ?? ""
        let told = releases.suffix(Self.toldReleases).joined(separator: ", ")
        let more = releases.count > Self.toldReleases ? " and \(releases.count - Self.toldReleases) more" : ""
        return lookedFor + "\(layout.releasesDirectory) has \(told)\(more)\(nearest)"
    }

    private static let toldReleases = 12

    /// Advice on a directory without a manifest: what it is, or how it becomes a release.
    private func whatElse(_ directory: String) -> String {
        let isRelease = { (path: String) in Files.kind(Paths.join(path, Defaults.manifestFile)) == .file }
        let layout = ReleaseLayout(configuration)
        // The link to the committed release is deployd's own, and no release.
        let inside = ((try? Files.list(directory)) ?? []).sorted().filter {
            isRelease(Paths.join(directory, $0)) && Paths.join(directory, $0) != layout.currentLink
        }
        if !inside.isEmpty {
            return "name one of the releases in it: " + listed(inside)
        }
        if Paths.parent(layout.releasesDirectory) == directory, !layout.releases().isEmpty {
            return "name one of the releases: " + listed(layout.releases().map(layout.label))
        }
        if let whole = Paths.ancestry(Paths.parent(directory)).last(where: isRelease) {
            return "it is in the release \(whole)"
        }
        return "the minimum is { command: [\"PROGRAM\"] }; `deployd init` writes that of a known server"
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(Self.toldReleases).joined(separator: ", ") + (names.count > Self.toldReleases ? ", …" : "")
    }

    private func readManifest(
        of directory: String, shown: String, _ writers: ReleaseWriters
    ) throws(ProblemsFound) -> Reading<Manifest> {
        guard Files.kind(directory) == .directory else {
            throw ProblemsFound([
                Problem(
                    file: shown, found: "a file", expected: "a release: a directory with a \(Defaults.manifestFile)",
                    advice: Paths.name(directory) == Defaults.manifestFile ? "name its directory" : "")
            ])
        }
        let shownFile = Paths.normalised(shown + "/" + Defaults.manifestFile)
        let path = Paths.join(directory, Defaults.manifestFile)
        do throws(ReleaseFile.Failure) {
            let file = try ReleaseFile.read(path, of: writers, limit: JSONDocument.maxBytes)
            let reading = Manifest.read(file.content, directory: directory, shownFile: shownFile)
            return Paths.contains(directory, file.path) ? reading : reading.withoutWords(of: file.path)
        } catch {
            throw ProblemsFound([
                Problem(
                    file: shownFile, unread: error, path: path, expected: "the release's manifest",
                    advice: (missing: whatElse(directory), hidden: "put a file of its own there"))
            ])
        }
    }
}

extension Reading<Manifest> {
    /// The same, with mistakes told by their places alone. The text lies outside of the release: it may be no manifest at
    /// all, and nobody's business who reads the mistakes.
    fileprivate func withoutWords(of path: String) -> Reading<Manifest> {
        let told = problems.map { problem in
            Problem(
                file: problem.file, position: problem.position,
                keyPath: knownKeys.contains(problem.keyPath) ? problem.keyPath : "",
                found: "an error in \(path), to which it is a link", expected: "a manifest",
                advice: "what is outside of the release is not shown: put the file in place of the link to see more")
        }
        return Reading(value: value, problems: told.uniqued(), knownKeys: knownKeys, isIllegible: isIllegible)
    }
}
