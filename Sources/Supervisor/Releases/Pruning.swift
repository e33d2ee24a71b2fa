package import Linux

/// Decides which old releases go, and removes them.
package enum Pruning {
    /// The releases to remove, oldest commit first.
    ///
    /// Kept are the `keep` releases that were committed last, and whatever their number: the current one, the last good one,
    /// those that a live generation uses, and those that were never committed. What is not in the history is not ours.
    ///
    /// - Parameters:
    ///   - releases: the directories in the releases' directory: `ReleaseLayout.releases()`.
    ///   - history: the history, the present commit included.
    ///   - keep: how many to keep, in releases.
    ///   - current: the release that serves.
    ///   - inUse: the releases of all generations that live, draining ones too.
    package static func plan(
        releases: [String], history: History, keep: Int, current: String, inUse: Set<String>
    ) -> [String] {
        var lastCommit: [String: Int] = [:]
        for (order, record) in history.records.enumerated() where record.outcome == .committed {
            lastCommit[record.to] = order
        }
        let committed = releases.filter { lastCommit[$0] != nil }
            .sorted { (lastCommit[$0] ?? 0) > (lastCommit[$1] ?? 0) }
        let present = Set(releases)
        let lastGood = history.lastGood(before: current) { present.contains($0) }
        return committed.dropFirst(keep).reversed().filter { release in
            let uses = inUse.contains { Paths.contains(release, $0) }
            return !Paths.contains(release, current) && release != lastGood && !uses
        }
    }

    /// How the name of a release begins that is being removed. What a crash leaves of it goes with the next removal.
    static let removedPrefix = ".removed-"

    /// Removes releases of the layout's directory: each first loses its name, so that nobody meets half of it.
    ///
    /// Links in a release are removed, not followed. It blocks for as long as the file system takes.
    ///
    /// - Returns: what could not be removed, and why.
    package static func remove(_ releases: [String], layout: ReleaseLayout) -> [SystemError] {
        var failures: [SystemError] = []
        for release in releases where Paths.parent(release) == layout.releasesDirectory {
            attempt(&failures) { () throws(SystemError) in
                try Files.rename(release, to: Paths.join(layout.releasesDirectory, removedPrefix + Paths.name(release)))
            }
        }
        for name in (try? Files.list(layout.releasesDirectory)) ?? [] where name.hasPrefix(removedPrefix) {
            attempt(&failures) { () throws(SystemError) in
                try Files.removeTree(Paths.join(layout.releasesDirectory, name))
            }
        }
        return failures
    }

    private static func attempt(_ failures: inout [SystemError], _ body: () throws(SystemError) -> Void) {
        do {
            try body()
        } catch {
            failures.append(error)
        }
    }
}
