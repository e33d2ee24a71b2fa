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

    /// The verdict on a release that the history has enough of.
    enum Judgement: Equatable {
        case mayGo(DeployedRelease)
        case stays(because: String)
    }

    /// Looks at a release of the plan: whether it may go, as far as that is plain to see.
    ///
    /// - Parameter shared: the places of links to shared directories, relative to the release: what else stands there is
    ///   somebody's.
    static func judge(_ release: String, _ history: History, shared: [String] = []) -> Judgement {
        if let obstacle = obstacle(to: release) { return .stays(because: obstacle) }
        for place in shared {
            let kind = try? Files.status(Paths.join(release, place), followingLinks: false).kind
            if let kind, kind != .link {
                return .stays(because: "what is at \(place) is no link to the shared directory, and may be somebody's")
            }
        }
        guard let deployed = DeployedRelease(release, in: history) else {
            return .stays(because: "the history does not say which directory was deployed, so it may be another")
        }
        return deployed.obstacle().map { .stays(because: $0) } ?? .mayGo(deployed)
    }

    /// How the name of a release begins that is being removed; behind it stands which directory that is. What a crash leaves
    /// of it goes with the next removal.
    static let removedPrefix = ".removed-"

    /// The fate of a release that was to go.
    enum Fate: Equatable {
        case removed(String)
        /// It is there as it was: why.
        case kept(String, because: String)
        /// It has lost its name, and some of it is still there: why.
        case left(String, because: String)
    }

    /// Removes releases of the layout's directory: each first loses its name, so that nobody meets half of it. What has the
    /// name of a release and is not the directory that was deployed stays.
    ///
    /// Links in a release are removed, not followed, and nothing behind a mount is touched. It blocks for as long as the
    /// file system takes.
    ///
    /// - Parameter obstacle: why a release has to stay, asked right before it would go; nil: it may go.
    static func remove(
        _ releases: [DeployedRelease], layout: ReleaseLayout, obstacle: (DeployedRelease) -> String? = { _ in nil }
    ) -> [Fate] {
        var fates: [Fate] = []
        var drafts: [(name: String, release: String?)] = []
        for release in releases where Paths.parent(release.path) == layout.releasesDirectory {
            if let obstacle = obstacle(release) {
                fates.append(.kept(release.path, because: obstacle))
                continue
            }
            let draft = "\(removedPrefix)\(release.directory)"
            if let fate = hide(release, as: Paths.join(layout.releasesDirectory, draft)) {
                fates.append(fate)
            } else {
                drafts.append((draft, release.path))
            }
        }
        let others = ((try? Files.list(layout.releasesDirectory)) ?? []).filter { name in
            name.hasPrefix(removedPrefix) && !drafts.contains { $0.name == name }
        }
        let all = drafts + others.map { (name: $0, release: String?.none) }
        for (name, release) in all {
            guard let identity = DirectoryIdentity(word: name.dropFirst(removedPrefix.count)) else { continue }
            let path = Paths.join(layout.releasesDirectory, name)
            if let obstacle = Self.obstacle(to: path) {
                fates.append(.left(release ?? path, because: obstacle))
                continue
            }
            do {
                try Files.removeTree(path, only: identity)
                if let release { fates.append(.removed(release)) }
            } catch { fates.append(.left(release ?? path, because: "\(error)")) }
        }
        return fates
    }

    /// Takes the release its name away.
    ///
    /// - Returns: what became of it when it has to stay; nil: it is at `draft`.
    private static func hide(_ release: DeployedRelease, as draft: String) -> Fate? {
        let modified: Duration
        do throws(SystemError) {
            let found = try Files.named(release.path, .directory)
            if let obstacle = try release.obstacle(to: found) { return .kept(release.path, because: obstacle) }
            modified = try found.status().modified
            try Files.rename(release.path, to: draft)
        } catch { return .kept(release.path, because: "\(error)") }
        // Since it was looked at, somebody may have put another in its place, or something into it.
        let reason: String
        if !isUntouched(release, at: draft, since: modified) {
            reason = "\(DeployedRelease.isAnother), or was changed while it was to be removed"
        } else if let later = LaterFiles(in: release, at: draft).obstacle {
            reason = later
        } else {
            return nil
        }
        do throws(SystemError) {
            try Files.renameToFree(draft, to: release.path)
            return .kept(release.path, because: reason)
        } catch { return .left(release.path, because: "\(reason); it lies at \(draft) now: \(error)") }
    }

    private static func isUntouched(_ release: DeployedRelease, at draft: String, since modified: Duration) -> Bool {
        guard let taken = try? Files.named(draft, .directory), let identity = try? DirectoryIdentity(of: taken),
            let status = try? taken.status()
        else { return false }
        return identity == release.directory && status.modified == modified
    }
}
