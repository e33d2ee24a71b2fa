internal import Linux

extension Configuration {
    /// The differences of `new`, in the order of the page on `deployd.json`.
    package func changes(to new: Configuration) -> [ConfigurationChange] {
        var comparison = Comparison()
        comparison.compare(listeners, new.listeners)
        comparison.compare("tls.certificates", tls.certificates, new.tls.certificates, .now, text: nil)
        comparison.compare("tls.challenges", tls.challenges, new.tls.challenges, .nextStart, text: Self.text)
        comparison.compare("workers", workers, new.workers, .nextStart) { $0.text }
        comparison.compare("user", user, new.user, .nextStart, text: Self.text)
        comparison.compare("group", group, new.group, .nextStart, text: Self.text)
        comparison.compare("controlGroup", controlGroup, new.controlGroup, .now, text: Self.text)
        comparison.compare("limits", limits, new.limits, .nextStart, text: nil)
        comparison.compareVariables("environment", environment, new.environment)
        comparison.compare("environmentFiles", environmentFiles, new.environmentFiles, .nextStart, text: nil)
        comparison.compare("umask", umask, new.umask, .nextStart) { $0.map { "0" + String($0, radix: 8) } ?? "none" }
        comparison.compare(
            "state", [stateDirectory, runtimeDirectory], [new.stateDirectory, new.runtimeDirectory], .never
        ) { $0.uniqued().joined(separator: ", ") }
        comparison.compare("releases", releasesDirectory, new.releasesDirectory, .now) { $0 }
        comparison.compare("release", initialRelease, new.initialRelease, .firstStart) { $0 }
        comparison.compare("shared", shared, new.shared, .nextStart, text: nil)
        comparison.compare("keep", keep, new.keep, .now) { $0.map { "\($0)" } ?? "all" }
        comparison.compare(policies, new.policies)
        return comparison.changes
    }

    private static func text(_ name: String?) -> String { name ?? "none" }

    /// The listeners of `new` that are not here.
    package func addedListeners(in new: Configuration) -> [ListenerSetting] {
        new.listeners.filter { added in !listeners.contains { $0.isSame(as: added) } }
    }
}

/// The changes as they are found.
private struct Comparison {
    private(set) var changes: [ConfigurationChange] = []

    /// - Parameter text: a value in words; nil where the words would be many.
    mutating func compare<Value: Equatable>(
        _ key: String, _ old: Value, _ new: Value, _ moment: ConfigurationChange.Moment, text: ((Value) -> String)?
    ) {
        guard old != new else { return }
        let words = text.map { $0(old) == $0(new) ? "changed" : "\($0(old)) → \($0(new))" } ?? "changed"
        changes.append(ConfigurationChange(key: key, words: words, moment: moment))
    }

    mutating func compareVariables(_ key: String, _ old: [String: String], _ new: [String: String]) {
        let names = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        guard !names.isEmpty else { return }
        changes.append(
            ConfigurationChange(key: key, words: "\(names.joined(separator: ", ")) changed", moment: .nextStart))
    }

    /// A listener is its name and its address together: workers know it by the one, users by the other.
    mutating func compare(_ old: [ListenerSetting], _ new: [ListenerSetting]) {
        for listener in new {
            if let same = old.first(where: { $0.isSame(as: listener) }) {
                compare("listen: backlog of \(listener.name)", same.backlog, listener.backlog, .now) { "\($0)" }
                compare("listen: tls of \(listener.name)", same.isSecure, listener.isSecure, .atRestart) { "\($0)" }
            } else if let other = old.first(where: { $0.address == listener.address && $0.address.port != 0 }) {
                add("\(other.name) at \(listener.address) called \(listener.name)", .never)
            } else {
                add("\(listener.name) at \(listener.address) added", .atRestart)
            }
        }
        for listener in old where !new.contains(where: { $0.isSame(as: listener) }) {
            guard !new.contains(where: { $0.address == listener.address && $0.address.port != 0 }) else { continue }
            add("\(listener.name) at \(listener.address) removed", .atRestart)
        }
        let (before, after) = (old.filter { $0.isIn(new) }, new.filter { $0.isIn(old) })
        if before.map(\.name) != after.map(\.name) { add("another order", .nextStart) }
    }

    private mutating func add(_ words: String, _ moment: ConfigurationChange.Moment) {
        changes.append(ConfigurationChange(key: "listen", words: words, moment: moment))
    }

    /// The master's own limits count at once; the patience with a generation is that with which it was started.
    mutating func compare(_ old: PolicySettings, _ new: PolicySettings) {
        compare("policies.readyTimeout", old.readyTimeout, new.readyTimeout, .nextStart, text: Durations.text)
        compare("policies.killGrace", old.killGrace, new.killGrace, .nextStart, text: Durations.text)
        compare("policies.stopTimeout", old.stopTimeout, new.stopTimeout, .now) {
            $0.map(Durations.text) ?? "the drain's time"
        }
        compare("policies.maxDraining", old.maxDraining, new.maxDraining, .now) { "\($0)" }
        compare("policies.maxQueued", old.maxQueued, new.maxQueued, .now) { "\($0)" }
        compare("policies.respawn", old.respawn, new.respawn, .nextStart, text: nil)
        compare("policies.logs.limit", old.logLimitBytes, new.logLimitBytes, .now, text: Sizes.text)
    }
}

extension WorkerCount {
    fileprivate var text: String {
        switch self {
        case .automatic: "\"auto\""
        case .fixed(let count): "\(count)"
        }
    }
}

extension ListenerSetting {
    /// Workers and users know both as the same.
    fileprivate func isSame(as other: ListenerSetting) -> Bool { name == other.name && address == other.address }

    fileprivate func isIn(_ others: [ListenerSetting]) -> Bool { others.contains { $0.isSame(as: self) } }
}
