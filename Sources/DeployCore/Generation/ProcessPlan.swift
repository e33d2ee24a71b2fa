/// What the machine knows of a kind of process that a generation has beside its web workers.
package struct ProcessPlan: Equatable, Codable, Sendable {
    /// What it is called.
    package let name: String
    /// How many of them a generation has, in processes.
    package let workers: Int
    /// When they count as ready.
    package var readiness: ProcessReadiness = .auto
    /// Whether other processes of the generation connect to it: it drains when those who may are gone.
    package var isUpstream = false
    /// No two generations have one at a time; nil: they may, or from before there was a choice.
    package var isExclusive: Bool?
    /// How long a drain may take.
    package var drain = ProcessDrain()
    /// How long one that is ready may be silent; nil: as long as it likes.
    package var watchdog: Duration?

    package init(name: String, workers: Int) {
        self.name = name
        self.workers = workers
    }
}

/// How long the drain of a kind of process may take.
package struct ProcessDrain: Equatable, Codable, Sendable {
    /// See ``DrainPolicy/requests``.
    package var requests: Duration = .seconds(30)
    /// See ``DrainPolicy/upgrades``.
    package var upgrades: Duration = .seconds(300)

    package init() {}

    var longest: Duration { max(requests, upgrades) }
}

/// When a kind of process counts as ready.
package enum ProcessReadiness: String, Equatable, Codable, Sendable {
    /// As `notify` once any of the kind has said READY=1, as `none` while none has.
    case auto
    /// Each says READY=1.
    case notify
    /// Once it runs. READY=1 means nothing.
    case none
}
