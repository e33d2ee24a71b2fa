/// Everything that the machine can ask the loop to do.
///
/// Before the loop performs any of a batch, it saves ``Machine/durable`` if that has changed. Then it performs them in
/// order, all of them before it hands in the next event; only a `launch` may wait until the loop has handed in all that were
/// spawned with it. What an event without effects changed may be saved with a later one. Results come back only as events.
///
/// The master may be killed before, between and after any two of them. What a later master orders again
/// (``Machine/resuming(_:survivors:policies:at:)``) was perhaps done already, so the loop makes these harmless the second
/// time: `releaseLanes` of a generation that has none; `steer` to where the kernel goes already; `commit` and `record` of a
/// generation that the history has (for `commit` the answer is then `committed`); `terminate` and `kill`, of workers and hooks. `drain` comes
/// twice only to workers that read messages, and with the same deadlines. `spawn` and `launch` never come twice for the
/// same worker.
package enum Effect: Equatable, Sendable {
    /// A gate: make sure that the durable state is written, and before a boot that the disk has it. Answer: `saved` or
    /// `saveFailed`.
    case save(GenerationNumber)
    /// A lane for the generation on every listener. Answer: `lanesOpened` or `lanesFailed`.
    case openLanes(GenerationNumber)
    /// Gives the generation's lanes back to their pools, and drops its probes. No process of it is left.
    case releaseLanes(GenerationNumber)
    /// Starts the launch step for a worker of the generation's release. Answer: `spawned` or `spawnFailed`.
    case spawn(WorkerNumber, GenerationNumber, slot: Slot)
    /// Lets the launch step become the worker: its pid is in the durable state by now.
    case launch(WorkerNumber)
    /// Starts the launch step for a hook of the generation's deploy. Answer: `hook` with `spawned` or `notSpawned`. One
    /// hook at a time is under way.
    case spawnHook(HookKind, GenerationNumber)
    /// Lets the launch step become the hook: its pid is in the durable state by now. Answer, once nothing of its session
    /// is left: `hook` with `ended`.
    case launchHook(HookKind, GenerationNumber)
    /// Asks the hook and its group to end (SIGTERM).
    case terminateHook(HookKind, GenerationNumber)
    /// Ends the hook and its group (SIGKILL).
    case killHook(HookKind, GenerationNumber)
    /// Tells a worker to finish what it has and exit: control message and the release's drain signal.
    case drain(WorkerNumber, DrainDeadlines)
    /// Looks how many upgraded connections a worker has left whose time for requests is over. Answer: `upgrades`.
    case askUpgrades(WorkerNumber)
    /// Asks a worker to exit at once (SIGTERM).
    case terminate(WorkerNumber)
    /// Ends a worker that its watchdog found hanging (SIGABRT: many programs say where they hang, or leave a core).
    case abort(WorkerNumber)
    /// Ends a worker (SIGKILL).
    case kill(WorkerNumber)
    /// One probe. Answer: `probeSucceeded` or `probeFailed`, at the latest after ``ProbePolicy/attemptTimeout``.
    case probe(GenerationNumber)
    /// Runs the release's own test of a generation that is watched. Answer: `tested`, at the latest after its time limit.
    case test(GenerationNumber)
    /// Steers new connections on every listener. Answer: `steered` or `steeringFailed`, with the same target.
    case steer(SteeringTarget)
    /// Tells workers whose the kept connections are: by the same shares as new ones, since steering rests there. Absolute, so
    /// that it may be told again.
    case share(SteeringTarget)
    /// Takes what waits, and what will arrive, in the lanes of a generation that was found bad, or that has no ready worker,
    /// and passes it on to the one that serves: nobody knows whether its own workers still accept. A `steer` that sends
    /// anybody to the generation ends it.
    case evacuate(GenerationNumber)
    /// Looks at the accept queues of the generation's lanes. Answer: `queueLength`.
    case askQueue(GenerationNumber)
    /// Looks at the memory of the generation's workers. Answer: `measured`.
    case measure(GenerationNumber)
    /// Looks at what the two generations count. Answer: `observed`, with the same two.
    case observe(new: GenerationNumber, old: GenerationNumber)
    /// Appends to the history and moves the `current` link. Answer: `committed` or `commitFailed`, with the entry's
    /// generation.
    case commit(HistoryEntry)
    /// Appends to the history a deploy that was not committed. Nothing waits for it.
    case record(HistoryEntry)
    /// Appends to the history that a hook failed after its deploy, this one, had its outcome. Nothing waits for it.
    case recordHook(HistoryEntry, HookKind, HookFailure)
    /// Removes old releases, as the pruning rules say. Nothing depends on it.
    case prune
    /// News of a deploy, or, without a request, for the log only.
    case report(RequestNumber?, Progress)
    /// The one last answer to a request. (Nil: the command had no client; the loop may log the outcome.)
    case finish(RequestNumber?, Outcome)
    /// Every process is gone: the master exits with this code.
    case exit(code: Int)
}

/// Until when a draining worker may do what.
package struct DrainDeadlines: Equatable, Codable, Sendable {
    /// Requests in flight.
    package let requests: Instant
    /// Upgraded connections.
    package let upgrades: Instant

    package init(requests: Instant, upgrades: Instant) {
        self.requests = requests
        self.upgrades = upgrades
    }

    /// The same, but not later than `limit` (nil: none).
    func within(_ limit: Instant?) -> DrainDeadlines {
        guard let limit else { return self }
        return DrainDeadlines(requests: min(requests, limit), upgrades: min(upgrades, limit))
    }

    /// Of two orders to drain the stricter one: a stop may leave less time than a drain that is under way, never more.
    func stricter(_ other: DrainDeadlines?) -> DrainDeadlines {
        guard let other else { return self }
        return DrainDeadlines(requests: min(requests, other.requests), upgrades: min(upgrades, other.upgrades))
    }

    /// When a worker of this level is looked at first: its requests are out of time, and one that can tell may still have
    /// upgraded connections.
    func first(for level: WorkerLevel) -> Instant { min(requests, last(for: level)) }

    /// When a worker of this level is asked to exit at once: one that cannot tell requests from upgrades has the
    /// requests' time only.
    func last(for level: WorkerLevel) -> Instant {
        level < .drains ? requests : max(requests, upgrades)
    }
}

/// What the history keeps of one deploy. The loop adds the user and the wall clock.
package struct HistoryEntry: Equatable, Codable, Sendable {
    /// The generation that was started for it.
    package let generation: GenerationNumber
    /// Who asked; nil: nobody.
    package let request: RequestNumber?
    /// The verb.
    package let kind: DeployKind
    /// The release that served before; nil: none did.
    package let from: String?
    /// The release deployed.
    package let to: String
    /// How it ended.
    package let outcome: Outcome
    /// How long each step took, in order.
    package let durations: [StepDuration]
    /// What spoke against the release, and did not decide.
    package var warnings: [Failure] = []
    /// By what it was judged, in words; nil: nobody counted.
    package var judged: String? = nil
}

/// How long a step of a deploy took.
package struct StepDuration: Equatable, Codable, Sendable {
    /// The step.
    package let step: DeployStep
    /// Its duration.
    package let took: Duration
}
