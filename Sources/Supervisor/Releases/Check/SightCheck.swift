internal import DeployCore
internal import Linux

/// Whether the watch would see a 5xx that a release's program sends to a user: see ``KernelCounts``.
enum SightCheck {
    /// Why it would not, if the program does not count its answers; nil where it would, or that is not known. It depends on the
    /// master's rights: here, as for a start from here.
    static func obstacle(
        _ release: ResolvedRelease, _ configuration: Configuration, masterRuns: Bool
    ) -> String? {
        let watch = release.manifest.watch
        guard release.manifest.web == nil, watch.duration > .zero, watch.evidence.errors != nil, watch.test == nil,
            configuration.listeners.contains(where: { $0.address.family != .unix })
        else { return nil }
        let pid = masterRuns ? LockHolder.find(StateDirectory(configuration).lock) : ThisProcess.pid
        return pid.flatMap { CountingRights.obstacle(toMaster: $0) }
    }
}
