internal import Linux

/// The files of a release as far as they lead elsewhere.
struct ReleaseTree {
    /// Something in the release that leads to another file.
    struct Way: Equatable, Sendable {
        /// In the release, from its directory.
        let file: String
        /// A link; else a script, or a Python environment, with its interpreter.
        let isLink: Bool
        /// The target as it is written, absolute.
        let target: String
        /// Every place on the way there, links followed one by one; the last is where it ends.
        let stations: [String]
        let isThere: Bool

        /// It goes through a part of `directory` that is not below `own`.
        func leads(into directory: String, besides own: String) -> Bool {
            stations.contains { Paths.contains(directory, $0) && $0 != directory && !Paths.contains(own, $0) }
        }
    }

    /// A release with more entries is not looked through to its end.
    private static let maxEntries = 300_000
    /// As the kernel's: that many links are followed. Source: path_resolution(7).
    private static let maxLinks = 40

    private let root: String

    /// The tree below a directory, absolute and without links.
    init(_ root: String) { self.root = root }

    /// All ways that lead anywhere, and whether the tree was looked through to its end. Links are not followed on the
    /// way through the tree.
    func ways() -> (ends: [Way], isComplete: Bool) {
        var ways: [Way] = []
        var directories = [root]
        var seen = 0
        var isComplete = true
        while let directory = directories.popLast() {
            guard let names = try? Files.list(directory) else {
                isComplete = false
                continue
            }
            for name in names {
                seen += 1
                guard seen <= Self.maxEntries else { return (ways, false) }
                let path = Paths.join(directory, name)
                guard let status = try? Files.status(path, followingLinks: false) else { continue }
                switch status.kind {
                case .directory: directories.append(path)
                case .link: if let way = link(path) { ways.append(way) }
                case .file: if let way = interpreter(path, status) { ways.append(way) }
                case .socket, .other: break
                }
            }
        }
        return (ways, isComplete)
    }

    private func link(_ path: String) -> Way? {
        (try? Files.readLink(path)).map { way(path, isLink: true, to: Paths.join(Paths.parent(path), $0)) }
    }

    /// The interpreter of a script (`#!`), or of a Python environment (`home` in pyvenv.cfg).
    private func interpreter(_ path: String, _ status: FileStatus) -> Way? {
        let isEnvironment = Paths.name(path) == "pyvenv.cfg"
        guard isEnvironment || status.mode & 0o111 != 0, status.size > 2,
            let bytes = try? Files.head(path, count: 4096)
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var program: String?
        if isEnvironment {
            let homes = lines.map { String(decoding: $0, as: UTF8.self).split(separator: "=", maxSplits: 1) }
            program = homes.first { $0.count == 2 && Self.trimmed($0[0]) == "home" }.map { Self.trimmed($0[1]) }
        } else if bytes.starts(with: Array("#!".utf8)), let first = lines.first {
            program = String(decoding: first.dropFirst(2), as: UTF8.self).split {
                $0 == " " || $0 == "\t" || $0 == "\r"
            }
            .first.map(String.init)
        }
        guard let program, program.hasPrefix("/") else { return nil }
        return way(path, isLink: false, to: program)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
    }

    private func way(_ path: String, isLink: Bool, to target: String) -> Way {
        var stations: [String] = []
        var place = Paths.normalised(target)
        for _ in 0..<Self.maxLinks {
            stations.append(place)
            guard let parent = try? Files.realPath(Paths.parent(place)) else { break }
            let real = Paths.join(parent, Paths.name(place))
            if real != place { stations.append(real) }
            guard let next = try? Files.readLink(real) else { break }
            place = Paths.join(parent, next)
        }
        return Way(
            file: Paths.shortened(path, from: root), isLink: isLink, target: Paths.normalised(target),
            stations: stations, isThere: Files.kind(target) != nil)
    }
}
