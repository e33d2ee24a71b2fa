internal import Linux

/// The process that removes old releases: looking at all that may use them, and removing them, takes its time.
package enum PruneStep {
    /// The hidden verb; its arguments are the releases' directory, the base directory, the releases that run, a word of
    /// its own, and the releases to remove: of each which directory it is, when it was deployed and since when it has served (in
    /// microseconds since 1970), and its path.
    package static let verb = "__prune"
    /// Between the two lists.
    static let separator = "--"
    /// More than this is not reported: the pipe takes it without anybody who reads.
    private static let maxReportBytes = 32 << 10

    /// The arguments for a removal.
    static func arguments(_ old: [DeployedRelease], running: [String], layout: ReleaseLayout) -> [String] {
        [verb, layout.releasesDirectory, layout.baseDirectory] + running + [separator] + old.flatMap(\.words)
    }

    /// Reads the releases to remove; nil: the words are something else.
    private static func old(_ words: ArraySlice<String>) -> [DeployedRelease]? {
        var rest = words
        var releases: [DeployedRelease] = []
        while !rest.isEmpty {
            guard let release = DeployedRelease(words: rest.prefix(DeployedRelease.wordCount)) else { return nil }
            releases.append(release)
            rest = rest.dropFirst(DeployedRelease.wordCount)
        }
        return releases
    }

    /// Removes them, and says on standard output what became of each: a line with a word, the release, and a reason.
    package static func run(_ arguments: [String]) -> Int32 {
        guard arguments.count > 2, let middle = arguments.dropFirst(2).firstIndex(of: separator),
            let old = old(arguments[(middle + 1)...])
        else { return 64 }
        let layout = ReleaseLayout(releasesDirectory: arguments[0], baseDirectory: arguments[1])
        let use = ReleaseUse(of: Array(arguments[2..<middle]), layout: layout)
        let fates = Pruning.remove(old, layout: layout) { release in
            Pruning.obstacle(to: release.path) ?? use.obstacle(to: release.path)
                ?? release.obstacle() ?? LaterFiles(in: release).obstacle
        }
        var report = fates.map(\.line).joined()
        if report.utf8.count > maxReportBytes { report = "" }
        StandardOutput.write(report)
        return fates.allSatisfy(\.isRemoved) ? 0 : 1
    }
}

extension Pruning {
    /// Why a release is never removed, whoever uses it; nil: it may be.
    static func obstacle(to release: String) -> String? {
        if let root = WorkTree.root(of: release) { return "it is in the work tree \(root)" }
        do {
            return try Files.mounts(in: release).first.map { "something is mounted at \($0)" }
        } catch { return "it is not known whether something is mounted in it: \(error)" }
    }
}

extension Pruning.Fate {
    var isRemoved: Bool { if case .removed = self { true } else { false } }

    /// The line of the report. A release's name has no tab and no line feed in it.
    fileprivate var line: String {
        switch self {
        case .removed(let release): "removed\t\(release)\n"
        case .kept(let release, let reason): "kept\t\(release)\t\(ForeignText.line(reason))\n"
        case .left(let release, let reason): "left\t\(release)\t\(ForeignText.line(reason))\n"
        }
    }

    /// Reads a line of the report.
    init?(line: Substring) {
        let parts = line.split(separator: "\t", maxSplits: 2).map(String.init)
        switch (parts.first, parts.count) {
        case ("removed", 2): self = .removed(parts[1])
        case ("kept", 3): self = .kept(parts[1], because: parts[2])
        case ("left", 3): self = .left(parts[1], because: parts[2])
        default: return nil
        }
    }
}
