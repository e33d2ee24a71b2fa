/// What the machine knows of a release. How its program is started is no matter of the machine: the loop finds it by the
/// generation's number.
package struct ReleasePlan: Equatable, Codable, Sendable {
    /// The release's directory, absolute and without symbolic links, as it was at the time of the command.
    package var path: String
    /// What users call it ("v2").
    package let label: String
    /// How many workers it runs, if nobody has scaled, in processes.
    package let workers: Int
    /// When it counts as ready.
    package let readiness: Readiness
    /// The policies that it sets for itself.
    package let overrides: PolicyOverrides
    /// The commands that are part of its deploy.
    package var hooks: HookLimits
    /// The shares of new connections that it gets before all of them, in order; none: it gets all at once.
    package var canary: [CanaryStep]
    /// See `processes`; nil in a state file of before there were any.
    private var kinds: [ProcessPlan]?

    package init(
        path: String, label: String, workers: Int, readiness: Readiness = .auto,
        overrides: PolicyOverrides = PolicyOverrides(), hooks: HookLimits = HookLimits(), canary: [CanaryStep] = [],
        processes: [ProcessPlan] = []
    ) {
        self.path = path
        self.label = label
        self.workers = workers
        self.readiness = readiness
        self.overrides = overrides
        self.hooks = hooks
        self.canary = canary
        kinds = processes
    }

    /// The kinds of processes that a generation of it has beside its web workers.
    package var processes: [ProcessPlan] {
        get { kinds ?? [] }
        set { kinds = newValue }
    }
}

/// A share of new connections, for a while.
package struct CanaryStep: Equatable, Codable, Sendable {
    /// The share, from 1 to 99.
    package let percent: Int
    /// For how long; nil: until somebody promotes or aborts.
    package let duration: Duration?

    package init(percent: Int, duration: Duration?) {
        self.percent = percent
        self.duration = duration
    }
}

/// What makes a booted generation ready, and what proves it.
package enum Readiness: Equatable, Codable, Sendable {
    /// As `both` once any worker has said READY=1, as `probe` while none has.
    case auto
    /// Every worker says READY=1. There is no probe.
    case notify
    /// The probe is answered. READY=1 means nothing.
    case probe
    /// Every worker says READY=1, and then the probes are answered.
    case both

    /// Whether a generation has to answer probes before it may serve.
    package var isProbed: Bool {
        switch self {
        case .auto, .probe, .both: true
        case .notify: false
        }
    }

    /// Whether probes begin before the workers have said READY=1.
    var probesWhileBooting: Bool {
        switch self {
        case .auto, .probe: true
        case .notify, .both: false
        }
    }
}

extension ReleasePlan {
    /// The plan of a restart that has waited: what serves by now is started again, for all users at once.
    func again(_ serving: ReleasePlan?) -> ReleasePlan {
        guard let serving, serving.path != path else { return self }
        return serving.forAllAtOnce
    }

    /// The plan without a canary.
    var forAllAtOnce: ReleasePlan {
        var plan = self
        plan.canary = []
        return plan
    }
}

/// Which verb a generation owes its existence to.
package enum DeployKind: String, Codable, Equatable, Sendable {
    /// The master's first generation. Its failure ends the master, since there is nothing to go back to.
    case start
    /// `deploy`.
    case deploy
    /// `restart`: the serving release anew.
    case restart
    /// `rollback` to a release that is no longer warm.
    case rollback
}
