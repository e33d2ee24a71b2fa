internal import Linux

/// The releases that are there, and what is to become of each.
package struct ReleaseList: Sendable {
    /// What `keep` means for a release once another one has been deployed and committed.
    package enum Removal: Equatable, Sendable {
        case none
        /// It is removed, if nothing uses it then.
        case next
        /// It is one of those that are too many, and stays: why.
        case never(because: String)
    }

    /// A release.
    package struct Entry: Equatable, Sendable {
        /// Absolute.
        package let path: String
        /// For users.
        package let label: String
        /// Whether there is a manifest in it.
        package let hasManifest: Bool
        /// The end of its last deploy that was committed: RFC 3339, UTC; nil: none was.
        package let committed: String?
        /// What was said of that deploy; nil: nothing.
        package let message: String?
        /// `deployd rollback` without an operand would deploy it.
        package let isRollback: Bool
        package let removal: Removal
    }

    /// By their last commit, the newest last; behind them those that were never deployed.
    package let entries: [Entry]

    /// Looks at the releases directory.
    ///
    /// - Parameters:
    ///   - serving: the release that serves, or that a start would serve; nil: there is none.
    ///   - running: the releases of all generations that live.
    package init(_ configuration: Configuration, history: History, serving: String?, running: Set<String>) {
        let layout = ReleaseLayout(configuration)
        let present = layout.releases()
        let rollback = serving.flatMap { serving in
            history.lastGood(before: serving) { Files.kind($0) == .directory }
        }
        // The next release takes one of the places. Then the present one is what a rollback goes to, and stays.
        let surplus = Pruning.plan(
            releases: present, history: history, keep: configuration.keep.map { max(0, $0 - 1) }, current: "",
            inUse: running.union([serving, layout.current()].compactMap(\.self)))
        let all = (present + [rollback, serving].compactMap(\.self) + running.sorted()).uniqued()
        let unsorted = all.map { path in
            let last = history.records.last { $0.outcome == .committed && $0.to == path }
            return Entry(
                path: path, label: layout.label(path),
                hasManifest: Files.kind(Paths.join(path, Defaults.manifestFile)) == .file,
                committed: last?.time, message: last?.message,
                isRollback: path == rollback,
                removal: surplus.contains(path) ? Self.removal(path, history) : .none)
        }
        entries = unsorted.sorted { left, right in
            guard let first = left.committed, let second = right.committed, first != second else {
                return left.committed != nil && right.committed == nil
                    || (left.committed == nil) == (right.committed == nil) && left.label < right.label
            }
            return first < second
        }
    }

    private static func removal(_ path: String, _ history: History) -> Removal {
        switch Pruning.judge(path, history) {
        case .mayGo(let deployed): LaterFiles(in: deployed).obstacle.map { .never(because: $0) } ?? .next
        case .stays(let obstacle): .never(because: obstacle)
        }
    }
}
