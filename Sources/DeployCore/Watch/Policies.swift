/// Every time limit and count that the machine goes by. A release may set some of them: ``PolicyOverrides``.
package struct Policies: Equatable, Sendable {
    /// From the start of the boot until every worker is ready and the probes are answered. Passing it fails the deploy.
    package var readyTimeout: Duration = .seconds(60)
    /// How the new generation proves that it answers.
    package var probe = ProbePolicy()
    /// How long a new generation is watched, the old one still warm, before it is committed. Zero: not at all.
    package var watch: Duration = .seconds(5)
    /// How long the old generation can serve again at once after the commit. Zero: it drains at once.
    package var warm: Duration = .zero
    /// What counts against a new generation while it is watched.
    package var evidence = EvidencePolicy()
    /// How long workers may take to finish what they have.
    package var drain = DrainPolicy()
    /// How long a worker that is ready may say nothing to its watchdog; nil: it has none.
    package var watchdog: Duration? = nil
    /// When a worker that works is replaced by a fresh one.
    package var recycle = RecyclePolicy()
    /// When a crashed worker is started again.
    package var respawn = RespawnPolicy()
    /// How an old generation's lanes run empty before its workers are told to drain.
    package var retire = RetirePolicy()
    /// From asking a worker to exit at once until it is killed.
    package var terminateGrace: Duration = .seconds(2)
    /// From `stop` until workers that still have something to finish are asked to exit at once; nil: `drain.requests`.
    package var stopTimeout: Duration? = nil
    /// How many generations may drain at a time, in generations. One more, and the one that has drained longest is ended.
    package var maxDraining = 8
    /// How many deploys may wait their turn, in deploys.
    package var maxQueued = 16
    /// The most workers that a generation may be given, in processes.
    package var maxWorkers = 1024

    package init() {}

    /// These policies as a release wants them.
    package func applying(_ overrides: PolicyOverrides) -> Policies {
        var result = self
        result.readyTimeout = overrides.readyTimeout ?? readyTimeout
        result.probe = overrides.probe ?? probe
        result.watch = overrides.watch ?? watch
        result.warm = overrides.warm ?? warm
        result.evidence = overrides.evidence ?? evidence
        result.recycle = overrides.recycle ?? recycle
        result.watchdog = overrides.watchdog ?? watchdog
        result.drain.requests = overrides.drainRequests ?? drain.requests
        result.drain.upgrades = overrides.drainUpgrades ?? drain.upgrades
        return result
    }
}

/// What a release may set for itself. Nil leaves the policy as it is.
package struct PolicyOverrides: Equatable, Codable, Sendable {
    /// See ``Policies/readyTimeout``.
    package var readyTimeout: Duration?
    /// See ``Policies/probe``.
    package var probe: ProbePolicy?
    /// See ``Policies/watch``.
    package var watch: Duration?
    /// See ``Policies/warm``: of the generation that this release takes over from.
    package var warm: Duration?
    /// See ``Policies/evidence``.
    package var evidence: EvidencePolicy?
    /// Users who have met the release are never taken back by what the watch finds, nor by a roll-back without force.
    package var neverGoesBack = false
    /// See ``Policies/recycle``.
    package var recycle: RecyclePolicy?
    /// See ``Policies/watchdog``.
    package var watchdog: Duration?
    /// See ``DrainPolicy/requests``.
    package var drainRequests: Duration?
    /// See ``DrainPolicy/upgrades``.
    package var drainUpgrades: Duration?

    package init() {}
}

/// How a generation is probed.
package struct ProbePolicy: Equatable, Codable, Sendable {
    /// Good answers in a row that prove a generation. The next attempt follows a good answer at once.
    package var count = 3
    /// From a bad answer to the next attempt.
    package var interval: Duration = .milliseconds(100)
    /// For one attempt, from the connect to the end of the answer. The loop keeps it.
    package var attemptTimeout: Duration = .seconds(2)
    /// So long the same sort of bad answer, and nothing else, fails the deploy before its time is over.
    package var steadyLimit: Duration = .seconds(10)

    package init() {}
}

/// How long a drain may take.
package struct DrainPolicy: Equatable, Sendable {
    /// For requests in flight, and all there is for workers that do not tell requests from upgraded connections.
    package var requests: Duration = .seconds(30)
    /// For upgraded connections (WebSocket and the like).
    package var upgrades: Duration = .seconds(300)

    package init() {}
}

/// When crashed workers are started again: one back-off for all workers of a generation, since what makes one crash
/// (a broken release, a full machine) mostly makes all of them crash.
package struct RespawnPolicy: Equatable, Sendable {
    /// Before the first respawn; doubled for each further exit.
    package var firstDelay: Duration = .milliseconds(100)
    /// The longest delay.
    package var longestDelay: Duration = .seconds(30)
    /// So long without an exit, and the next one waits `firstDelay` again.
    package var healthyAfter: Duration = .seconds(60)
    /// So many exits within `crashLoopWindow` are a crash loop.
    package var crashLoopExits = 5
    /// See `crashLoopExits`.
    package var crashLoopWindow: Duration = .seconds(60)

    package init() {}
}

/// How the lanes of a generation that lost its users run empty.
package struct RetirePolicy: Equatable, Sendable {
    /// Between two looks at the accept queues.
    package var interval: Duration = .milliseconds(20)
    /// The queues must have been seen empty for so long before the workers are told to drain: a handshake that was half-way
    /// at the cut-over has arrived by then.
    package var quiet: Duration = .milliseconds(100)
    /// The workers are told to drain after so long, whatever the queues say.
    package var limit: Duration = .seconds(5)

    package init() {}
}
