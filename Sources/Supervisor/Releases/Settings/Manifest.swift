package import DeployCore
package import Handoff
package import Linux

/// The content of a release's `release.json`, with the defaults filled in.
package struct Manifest: Sendable, Equatable {
    /// The program and its arguments: at least the program, as the user wrote it.
    package var command: [String]
    /// The way in which its workers are told of their sockets, beside `LISTEN_FDS`.
    package var inherit: SocketProtocol
    /// Variables for the workers, over those of the configuration.
    package var environment: [String: String]
    /// Files with more variables, absolute.
    package var environmentFiles: [EnvironmentFileReference]
    /// The probes of its workers.
    package var health: Health
    /// The signal for its workers to stop, and their time for it.
    package var drain: Drain
    /// The time for which the old generation stays warm after the cut-over, and the evidence that counts meanwhile.
    package var watch: Watch
    /// For how long the old generation stays warm after the commit; nil: not at all.
    package var warm: Duration?
    /// The conditions for replacing a worker that works by a fresh one.
    package var recycle: RecyclePolicy
    /// The longest silence of a worker that is ready; nil for any.
    package var watchdog: Duration?
    /// The shares of new connections that it gets before all of them, in order.
    package var canary: [CanaryStep]
    /// The rule for taking users back from the release.
    package var rollback: RollbackRule
    /// The condition for its workers' being ready.
    package var readiness: ReadinessRule
    /// From the start of the workers until all of them are ready; nil: the server's policy.
    package var readyTimeout: Duration?
    /// The working directory of the command as written: relative to the release.
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
    /// The settings of deployd's own web server as its web workers; nil if they are its command's.
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

    /// The watch over the new generation.
    package struct Watch: Sendable, Equatable {
        /// Zero: not at all.
        package var duration = Defaults.watch
        /// The evidence that decides against it.
        package var evidence = EvidencePolicy()
        /// The release's own test; nil: it has none.
        package var test: Hook?
    }

    /// The rule for taking users back from a release. The raw value is the word in the manifest.
    package enum RollbackRule: String, CaseIterable, Sendable {
        /// Yes, by the watch and by `rollback`.
        case allowed
        /// No: what the watch finds is a warning, and `rollback` has to be forced.
        case never
    }

    /// The way workers are told to stop, and their time for it.
    package struct Drain: Sendable, Equatable {
        /// For requests in flight.
        package var requests: Duration
        /// For upgraded connections (WebSocket and the like).
        package var upgrades: Duration
        /// The signal that means "finish what you have, then exit".
        package var signal: Signal
    }

    /// The condition for workers' being ready. The raw value is the word in the manifest.
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
