internal import Linux

/// Files that are never sent, wherever they lie: those that deployd or the worker reads or writes for the release, such as
/// its manifest with its variables, or the access log.
///
/// They are told by what was opened, and not by the path that led there: a link in the file system and a second name of
/// the same file are no ways to them.
struct ReservedFiles: Sendable {
    /// Absolute paths, whether or not anything is there. What is compressed beside them is reserved too.
    var files: [String] = []
    /// Absolute paths of logs: what a rotation makes of their names is reserved too.
    var logs: [String] = []
    /// Absolute paths of directories, of which all is reserved, unless what is served lies in one of them.
    var directories: [String] = []

    /// With the links on the way to everything followed, as the kernel calls what is opened.
    var resolved: ReservedFiles {
        ReservedFiles(
            files: files.map(Self.located), logs: logs.map(Self.located),
            directories: directories.map { (try? Files.realPath($0)) ?? Self.located($0) })
    }

    /// Whether a file that was opened is one of them.
    ///
    /// - Parameters:
    ///   - name: its own name, relative to the directory that is served.
    ///   - root: that directory, absolute and without links.
    func contains(_ name: String, of root: String, _ status: FileStatus) -> Bool {
        let path = Self.normalised("\(root)/\(name)")
        if files.contains(where: { isNamed(path, $0) }) || logs.contains(where: { isRotation(path, of: $0) }) {
            return true
        }
        if (files + logs).contains(where: { Self.isSame($0, status) }) { return true }
        let apart = directories.filter { !ServedDirectory.lies(root, in: $0) }
        if apart.contains(where: { ServedDirectory.lies(path, in: $0) }) { return true }
        return status.links > 1 && apart.contains { Self.hasSame($0, status) }
    }

    private func isNamed(_ path: String, _ file: String) -> Bool {
        path == file || ContentCoding.allCases.contains { path == file + $0.suffix }
    }

    /// Matches `access.log`, `access.log.1`, `access.log-20261130.gz`.
    private func isRotation(_ path: String, of log: String) -> Bool {
        guard path.utf8.starts(with: log.utf8) else { return false }
        let next = path.utf8.dropFirst(log.utf8.count).first
        return next == nil || next == 0x2e || next == 0x2d
    }

    private static func isSame(_ path: String, _ status: FileStatus) -> Bool {
        guard let other = try? Files.status(path) else { return false }
        return other.inode == status.inode && other.device == status.device
    }

    /// Compares a file with those in a directory, and in directories below it.
    private static func hasSame(_ directory: String, _ status: FileStatus, depth: Int = 0) -> Bool {
        guard depth < 2 else { return false }
        return ((try? Files.list(directory)) ?? []).contains { name in
            let path = "\(directory)/\(name)"
            guard let other = try? Files.status(path, followingLinks: false) else { return false }
            if other.kind == .directory { return hasSame(path, status, depth: depth + 1) }
            return other.inode == status.inode && other.device == status.device
        }
    }

    /// The directory of a file without links: the file itself may be made later.
    private static func located(_ path: String) -> String {
        let path = normalised(path)
        guard let slash = path.lastIndex(of: "/"),
            let directory = try? Files.realPath(slash == path.startIndex ? "/" : String(path[..<slash]))
        else { return path }
        return normalised("\(directory)/\(path[path.index(after: slash)...])")
    }

    /// An absolute path without `.`, `..` and empty parts.
    private static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
