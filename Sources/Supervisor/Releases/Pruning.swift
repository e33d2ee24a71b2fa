internal import Linux

/// Decides which old releases go, and removes them.
///
/// What a person wrote is not ours to remove. A release goes only where the configuration says with `keep` how many are
/// to stay, and never where it may be the only copy of somebody's work (`WorkTree`), or in use (`ReleaseUse`).
package enum Pruning {
    /// The releases to remove, oldest commit first; none without a `keep` that somebody wrote.
    ///
    /// Kept are the `keep` releases that were committed last, and whatever their number: the current one, the last good one,
    /// those that a live generation uses, and those that were never committed. What is not in the history is not ours.
    ///
    /// - Parameters:
    ///   - releases: the directories in the releases' directory: `ReleaseLayout.releases()`.
    ///   - history: the history, the present commit included.
    ///   - keep: how many to keep, in releases; nil: all.
    ///   - current: the release that serves.
    ///   - inUse: the releases of all generations that live, draining ones too, and their programs.
    package static func plan(
        releases: [String], history: History, keep: Int?, current: String, inUse: Set<String>
    ) -> [String] {
        guard let keep else { return [] }
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

    /// What became of a release that was to go.
    enum Fate: Equatable {
        case removed(String)
        /// It is there as it was: why.
        case kept(String, because: String)
        /// It has lost its name, and some of it is still there: why.
        case left(String, because: String)
    }

    /// Removes releases of the layout's directory: each first loses its name, so that nobody meets half of it.
    ///
    /// Links in a release are removed, not followed, and nothing behind a mount is touched. It blocks for as long as the
    /// file system takes.
    ///
    /// - Parameter obstacle: why a release has to stay, asked right before it would go; nil: it may go.
    static func remove(
        _ releases: [String], layout: ReleaseLayout, obstacle: (String) -> String? = { _ in nil }
    ) -> [Fate] {
        var fates: [Fate] = []
        var renamed: [String: String] = [:]
        for release in releases where Paths.parent(release) == layout.releasesDirectory {
            if let obstacle = obstacle(release) {
                fates.append(.kept(release, because: obstacle))
                continue
            }
            let draft = removedPrefix + Paths.name(release)
            do {
                try Files.rename(release, to: Paths.join(layout.releasesDirectory, draft))
                renamed[draft] = release
            } catch { fates.append(.kept(release, because: "\(error)")) }
        }
        for name in (try? Files.list(layout.releasesDirectory)) ?? [] where name.hasPrefix(removedPrefix) {
            let path = Paths.join(layout.releasesDirectory, name)
            if let obstacle = Self.obstacle(to: path) {
                fates.append(.left(renamed[name] ?? path, because: obstacle))
                continue
            }
            do {
                try Files.removeTree(path)
                if let release = renamed[name] { fates.append(.removed(release)) }
            } catch { fates.append(.left(renamed[name] ?? path, because: "\(error)")) }
        }
        return fates
    }
}
