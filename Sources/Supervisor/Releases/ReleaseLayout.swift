package import Linux

/// The directory of releases, and the `current` link beside it.
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

    /// The name for users: that of the directory if it lies in the releases' directory, else the path.
    package func label(_ path: String) -> String {
        let isNamed = Paths.parent(path) == releasesDirectory || path == baseDirectory
        return isNamed ? Paths.name(path) : Paths.shortened(path, from: baseDirectory)
    }

    /// The path that a user means by `name`, absolute: a path from `workingDirectory`, or, for a bare name that is
    /// nothing there, a release of the releases' directory. A slash behind a bare name, as shells complete
    /// it, says nothing.
    package func locate(_ name: String, from workingDirectory: String) -> String {
        let direct = Paths.join(workingDirectory, name)
        guard let end = name.lastIndex(where: { $0 != "/" }) else { return direct }
        let bare = name[...end]
        guard !bare.contains("/"), Files.kind(direct) == nil else { return direct }
        let release = Paths.join(releasesDirectory, String(bare))
        return Files.kind(release) == nil ? direct : release
    }

    /// A file in the place of the `current` link, or of its temporary name, that is no link.
    package var linkObstacle: LinkObstacle? {
        for path in [currentLink, "\(currentLink).new"] {
            guard let kind = try? Files.status(path, followingLinks: false).kind, kind != .link else { continue }
            return LinkObstacle(path: path, kind: kind)
        }
        return nil
    }

    /// The release that `current` points to, without links; nil when there is no link, or nothing behind it.
    package func current() -> String? {
        guard (try? Files.status(currentLink, followingLinks: false).kind) == .link else { return nil }
        return try? Files.realPath(currentLink)
    }

    /// Points `current` to the release, in one step. The link is relative where it can be, so that the whole may move.
    ///
    /// - Throws: why not, such as something in its place that is no link; that is then as it was.
    package func moveCurrent(to path: String) throws(SystemError) {
        if let obstacle = linkObstacle { throw SystemError(call: "symlink", errno: .exists, subject: obstacle.path) }
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

/// Something where a link is to be made: it is somebody's, and stays.
package struct LinkObstacle: Equatable, Sendable {
    /// The path of the obstacle.
    package let path: String
    /// The type of the obstacle.
    package let kind: FileStatus.Kind

    /// The type, as it stands after "found".
    package var found: String {
        switch kind {
        case .file: "a file"
        case .directory: "a directory"
        case .socket: "a socket"
        case .link, .other: "something other than a link"
        }
    }
}
