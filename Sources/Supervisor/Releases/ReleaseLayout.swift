package import Linux

/// Where releases live, and the `current` link beside them.
package struct ReleaseLayout: Sendable, Equatable {
    /// The directory of releases, absolute, without links where it exists.
    package let releasesDirectory: String
    /// The server's directory: releases elsewhere are called by their path from here.
    package let baseDirectory: String

    /// The layout of these directories; links on the way to them are followed once, here.
    package init(releasesDirectory: String, baseDirectory: String) {
        self.releasesDirectory = (try? Files.realPath(releasesDirectory)) ?? Paths.normalised(releasesDirectory)
        self.baseDirectory = (try? Files.realPath(baseDirectory)) ?? Paths.normalised(baseDirectory)
    }

    /// The layout that a configuration means.
    package init(_ configuration: Configuration) {
        self.init(releasesDirectory: configuration.releasesDirectory, baseDirectory: configuration.directory)
    }

    /// The link to the committed release: it stands beside the releases' directory.
    package var currentLink: String { Paths.join(Paths.parent(releasesDirectory), "current") }

    /// What users call a release: its name when it lies in the releases' directory, else its path.
    package func label(_ path: String) -> String {
        let isNamed = Paths.parent(path) == releasesDirectory || path == baseDirectory
        return isNamed ? Paths.name(path) : Paths.shortened(path, from: baseDirectory)
    }

    /// The path that a user means by `name`, absolute: a path from `workingDirectory`, or, for a bare name that is
    /// nothing there, a release of the releases' directory.
    package func locate(_ name: String, from workingDirectory: String) -> String {
        let direct = Paths.join(workingDirectory, name)
        guard !name.contains("/"), Files.kind(direct) == nil else { return direct }
        let release = Paths.join(releasesDirectory, name)
        return Files.kind(release) == nil ? direct : release
    }

    /// The release that `current` points to, without links; nil when there is no link, or nothing behind it.
    package func current() -> String? {
        try? Files.realPath(currentLink)
    }

    /// Points `current` to the release, in one step. The link is relative where it can be, so that the whole may move.
    ///
    /// - Throws: why not; the link is then as it was.
    package func moveCurrent(to path: String) throws(SystemError) {
        try Files.replaceLink(currentLink, target: Paths.shortened(path, from: Paths.parent(currentLink)))
    }

    /// The releases in the releases' directory: directories, no links, no dot names. Empty when it cannot be read.
    package func releases() -> [String] {
        let names = (try? Files.list(releasesDirectory)) ?? []
        return names.filter { !$0.hasPrefix(".") }.map { Paths.join(releasesDirectory, $0) }.filter {
            (try? Files.status($0, followingLinks: false))?.kind == .directory
        }
    }
}
