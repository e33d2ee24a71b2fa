internal import Linux

/// Makes of a release's name all that is needed to start it, and tells every mistake at once. It changes nothing.
package struct ReleaseResolver: Sendable {
    /// The server's settings.
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
        let realPath: String
        do {
            realPath = try Files.realPath(named)
        } catch {
            let problem = Problem(
                file: shown, unreadable: error, expected: "a release: a directory with a \(Defaults.manifestFile)")
            return ReleaseExamination(release: nil, problems: [problem])
        }
        do {
            let manifest = try readManifest(of: realPath, shown: shown)
            var examiner = ReleaseExaminer(path: realPath, shown: shown, manifest: manifest, resolver: self)
            return examiner.examine()
        } catch {
            return ReleaseExamination(release: nil, problems: error.problems)
        }
    }

    private func readManifest(of directory: String, shown: String) throws(ProblemsFound) -> Reading<Manifest> {
        guard Files.kind(directory) == .directory else {
            throw ProblemsFound([
                Problem(
                    file: shown, found: "a file", expected: "a release: a directory with a \(Defaults.manifestFile)")
            ])
        }
        let shownFile = Paths.normalised(shown + "/" + Defaults.manifestFile)
        do {
            let bytes = try Files.read(Paths.join(directory, Defaults.manifestFile), limit: JSONDocument.maxBytes)
            return Manifest.read(bytes, directory: directory, shownFile: shownFile)
        } catch {
            throw ProblemsFound([
                Problem(
                    file: shownFile, unreadable: error, expected: "the release's manifest",
                    advice: "the least is { command: [\"PROGRAM\"] }")
            ])
        }
    }
}
