extension Configuration {
    /// What `new` says otherwise, in the order of the page on `deployd.json`.
    package func changes(to new: Configuration) -> [ConfigurationChange] {
        var comparison = Comparison()
        comparison.compare("listen", listeners, new.listeners, .never, text: Self.text)
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
        comparison.compare("keep", keep, new.keep, .now) { "\($0)" }
        comparison.compare(policies, new.policies)
        return comparison.changes
    }

    private static func text(_ name: String?) -> String { name ?? "none" }

    private static func text(_ listeners: [ListenerSetting]) -> String {
        listeners.map { "\($0.name) at \($0.address)" }.joined(separator: ", ")
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

    /// The master's own limits count at once; the patience with a generation is that with which it was started.
    mutating func compare(_ old: PolicySettings, _ new: PolicySettings) {
        compare("policies.readyTimeout", old.readyTimeout, new.readyTimeout, .nextStart, text: Durations.text)
        compare("policies.probeTimeout", old.probeTimeout, new.probeTimeout, .nextStart, text: Durations.text)
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
