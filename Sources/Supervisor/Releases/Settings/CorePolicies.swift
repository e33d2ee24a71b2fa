package import DeployCore

extension Policies {
    /// The machine's policies as the configuration has them.
    package init(_ settings: PolicySettings) {
        self.init()
        readyTimeout = settings.readyTimeout
        terminateGrace = settings.killGrace
        stopTimeout = settings.stopTimeout
        maxDraining = settings.maxDraining
        maxQueued = settings.maxQueued
        respawn.firstDelay = settings.respawn.firstDelay
        respawn.longestDelay = settings.respawn.longestDelay
        respawn.healthyAfter = settings.respawn.healthyAfter
        respawn.crashLoopExits = settings.respawn.crashLoopExits
        respawn.crashLoopWindow = settings.respawn.crashLoopWindow
        watch = Defaults.watch
        drain.requests = Defaults.drainRequests
        drain.upgrades = Defaults.drainUpgrades
    }
}

extension ReleasePlan {
    /// Takes the machine's part of a release.
    package init(_ release: ResolvedRelease, configuration: Configuration, cores: Int) {
        let manifest = release.manifest
        var probe = ProbePolicy()
        probe.count = manifest.health.count
        probe.interval = manifest.health.interval
        probe.attemptTimeout = manifest.health.timeout
        var overrides = PolicyOverrides()
        overrides.readyTimeout = manifest.readyTimeout
        overrides.probe = probe
        overrides.watch = manifest.watch.duration
        overrides.evidence = manifest.watch.evidence
        overrides.warm = manifest.warm
        overrides.recycle = manifest.recycle
        overrides.watchdog = manifest.watchdog
        overrides.neverGoesBack = manifest.rollback == .never
        overrides.drainRequests = manifest.drain.requests
        overrides.drainUpgrades = manifest.drain.upgrades
        self.init(
            path: release.path, label: release.label, workers: configuration.workers.resolved(cores: cores),
            readiness: manifest.readiness.readiness, overrides: overrides,
            hooks: HookLimits(
                before: manifest.hooks.before?.timeout, after: manifest.hooks.after?.timeout,
                failure: manifest.hooks.failure?.timeout),
            canary: manifest.canary,
            processes: manifest.processes.filter { $0.schedule == nil }.map { ProcessPlan($0, cores: cores) })
    }
}

extension ProcessPlan {
    /// Takes the machine's part of the settings of a kind of process.
    init(_ process: Manifest.Process, cores: Int) {
        self.init(name: process.name, workers: process.workers.resolved(cores: cores))
        readiness =
            switch process.readiness {
            case .auto: .auto
            case .notify: .notify
            case .none: .none
            }
        isUpstream = process.socket != .nowhere
        isExclusive = process.overlap == .forbidden ? true : nil
        drain.requests = process.drain.requests
        drain.upgrades = process.drain.upgrades
        watchdog = process.watchdog
    }
}

extension Manifest.ReadinessRule {
    /// The machine's word for it.
    package var readiness: Readiness {
        switch self {
        case .auto: .auto
        case .notify: .notify
        case .probe: .probe
        case .both: .both
        }
    }
}
