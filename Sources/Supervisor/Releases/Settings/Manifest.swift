package import DeployCore
package import Handoff
package import Linux

/// What a release's `release.json` says, with the defaults filled in.
package struct Manifest: Sendable, Equatable {
    /// The program and its arguments: at least the program, as the user wrote it.
    package var command: [String]
    /// How its workers are told of their sockets, beside `LISTEN_FDS`.
    package var inherit: SocketProtocol
    /// Variables for the workers, over those of the configuration.
    package var environment: [String: String]
    /// Files with more variables, absolute.
    package var environmentFiles: [EnvironmentFileReference]
    /// How its workers are probed.
    package var health: Health
    /// How its workers are told to stop, and how long they may take.
    package var drain: Drain
    /// How long the old generation stays warm after the cut-over, and what counts as evidence meanwhile.
    package var watch: Watch
    /// When a worker that works is replaced by a fresh one.
    package var recycle: RecyclePolicy
    /// How long a worker that is ready may say nothing; nil: as long as it likes.
    package var watchdog: Duration?
    /// The shares of new connections that it gets before all of them, in order.
    package var canary: [CanaryStep]
    /// Whether users may be taken back from the release.
    package var rollback: RollbackRule
    /// When its workers count as ready.
    package var readiness: ReadinessRule
    /// From the start of the workers until all of them are ready; nil: the server's policy.
    package var readyTimeout: Duration?
    /// Where the command runs, as written: relative to the release.
    package var directory: String
    /// The workers' user; nil: the configuration's.
    package var user: String?
    /// The workers' group; nil: the configuration's, unless `user` is given here.
    package var group: String?
    /// The workers' umask; nil: the configuration's.
    package var umask: UInt32?
    /// Resource limits, over those of the configuration.
    package var limits: ResourceLimits
    /// The commands that are part of its deploy.
    package var hooks: Hooks
    /// The kinds of processes that a generation has beside its web workers, in the order of their names.
    package var processes: [Process] = []
    /// What deployd's own web server does as its web workers; nil: they are its command's.
    package var web: WebSettings?

    /// A probe: what is asked for, and what answer is good.
    package struct Health: Sendable, Equatable {
        /// The path and query that are asked for; nil: `Defaults.healthPath`, and any answer below 500 is good.
        package var path: String?
        /// The Host header; nil: the listener's address.
        package var host: String?
        /// The answers that count as success.
        package var status: StatusSet
        /// For one attempt, from the connect to the end of the answer.
        package var timeout: Duration
        /// From a bad answer to the next attempt. The next attempt follows a good answer at once.
        package var interval: Duration
        /// Good answers in a row that prove a generation.
        package var count: Int
    }

    /// How the new generation is watched.
    package struct Watch: Sendable, Equatable {
        /// Zero: not at all.
        package var duration = Defaults.watch
        /// What decides against it.
        package var evidence = EvidencePolicy()
        /// The release's own test; nil: it has none.
        package var test: Hook?
    }

    /// Whether users may be taken back from a release. The raw value is the word in the manifest.
    package enum RollbackRule: String, CaseIterable, Sendable {
        /// Yes, by the watch and by `rollback`.
        case allowed
        /// No: what the watch finds is a warning, and `rollback` has to be forced.
        case never
    }

    /// How workers are told to stop, and how long they may take.
    package struct Drain: Sendable, Equatable {
        /// For requests in flight.
        package var requests: Duration
        /// For upgraded connections (WebSocket and the like).
        package var upgrades: Duration
        /// The signal that means "finish what you have, then exit".
        package var signal: Signal
    }

    /// When workers count as ready. The raw value is the word in the manifest.
    package enum ReadinessRule: String, CaseIterable, Sendable {
        /// As `both` once any worker has said READY=1, as `probe` while none has.
        case auto
        /// Every worker says READY=1. There is no probe.
        case notify
        /// The workers run and the probes are answered. READY=1 means nothing.
        case probe
        /// Every worker says READY=1, and then the probes are answered.
        case both
    }
}
