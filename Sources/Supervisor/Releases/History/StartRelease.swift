internal import Linux

/// What a start serves: the release that was named, else the one that was committed last, else the configured first one.
///
/// Only the history says what was committed. The `current` link is an effect of a commit and never looked at for that:
/// whoever makes one by hand has deployed nothing.
package struct StartRelease: Equatable, Sendable {
    /// The absolute path of the release.
    package let path: String
    /// Notes on the choice for a person: a line each, with a command.
    package let notes: [String]

    /// Chooses.
    ///
    /// - Parameter named: the release of the command line, absolute; nil: none.
    /// - Throws: that none of the releases that were committed is there.
    package static func choose(
        named: String?, history: History, configuration: Configuration
    ) throws(ProblemsFound) -> StartRelease {
        if let named { return StartRelease(path: named, notes: []) }
        let layout = ReleaseLayout(configuration)
        let committed = history.committedReleases
        guard let last = committed.last else {
            let path = configuration.initialRelease
            return StartRelease(path: path, notes: notes(on: layout, serving: path, "which the history does not know"))
        }
        var seen: Set<String> = []
        for release in committed.reversed() where seen.insert(release).inserted {
            guard let place = place(of: release, layout) else { continue }
            let missing = release == last ? [] : [Self.missing(last, served: release, layout)]
            return StartRelease(
                path: place, notes: missing + notes(on: layout, serving: place, "which was not committed last"))
        }
        let labels = committed.reversed().map(layout.label).uniqued().joined(separator: ", ")
        throw ProblemsFound([
            Problem(
                file: Paths.parent(last), found: "none of the releases that were committed (\(labels))",
                expected: "the one that was committed last, \(last)",
                advice: "put it back, or name another: `deployd start RELEASE`")
        ])
    }

    /// The place of a committed release: its own, or its name in a releases' directory that was moved since.
    private static func place(of release: String, _ layout: ReleaseLayout) -> String? {
        if Files.kind(release) == .directory { return release }
        guard Paths.parent(release) != layout.releasesDirectory else { return nil }
        let moved = Paths.join(layout.releasesDirectory, Paths.name(release))
        return Files.kind(moved) == .directory ? moved : nil
    }

    private static func missing(_ last: String, served: String, _ layout: ReleaseLayout) -> String {
        "\(layout.label(last)), the release that was committed last, no longer exists (\(last)): "
            + "\(layout.label(served)), which was committed before it, serves in its place; "
            + "`deployd deploy RELEASE` deploys another"
    }

    /// That `current` points elsewhere.
    private static func notes(on layout: ReleaseLayout, serving path: String, _ why: String) -> [String] {
        guard let current = layout.current(), current != ((try? Files.realPath(path)) ?? path) else { return [] }
        return [
            "\(layout.currentLink) points to \(layout.label(current)), \(why): \(layout.label(path)) serves, and the "
                + "link will point to it from the next commit on; "
                + "`deployd deploy \(ShellWord.quoted(layout.label(current)))` deploys the other"
        ]
    }
}
