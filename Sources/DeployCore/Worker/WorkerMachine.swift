/// The life of one process instance, from the wish for it to its reaping.
package struct WorkerMachine: Equatable, Sendable {
    /// Where it stands.
    package enum State: Equatable, Sendable {
        /// To be started then. → spawning, gone
        case waiting(until: Instant)
        /// The launch step is being started. → starting, waiting, unwanted, gone
        case spawning
        /// As spawning, but nobody wants it any more. → killed, gone
        case unwanted
        /// Not ready; with a deadline, if it is a respawn. → ready, draining, terminating, gone
        case starting(ProcessIdentity, deadline: Instant?)
        /// Ready since then; its watchdog listens. → draining, terminating, gone
        case ready(ProcessIdentity, since: Instant)
        /// Finishes what it has until then. One that may have upgraded connections is asked for them at the deadline for
        /// requests, and has the later deadline unless it has none left. → terminating, gone
        case draining(ProcessIdentity, deadline: Instant)
        /// Asked to exit at once; killed then. → killed, gone
        case terminating(ProcessIdentity, killAt: Instant)
        /// Killed, not yet reaped. → gone
        case killed(ProcessIdentity)
        /// There is no process, and there will be none.
        case gone
    }

    /// What can happen to it.
    package enum Input: Equatable, Sendable {
        /// The launch step runs. The deadline is for getting ready, nil: none of its own.
        case spawned(ProcessIdentity, readyBy: Instant?)
        /// There is no process; to be tried again then, nil: not again.
        case spawnFailed(retryAt: Instant?)
        /// It said so, or its generation has proved itself.
        case ready
        /// It needs until then to get ready.
        case extended(until: Instant)
        /// It said something to its watchdog.
        case pulse(Pulse)
        /// It should finish what it has.
        case drain(DrainDeadlines)
        /// So many upgraded connections it still has; nil: it does not count them.
        case upgrades(Int?)
        /// It should exit at once.
        case terminate
        /// It was reaped.
        case exited
        /// A deadline may have come.
        case tick
    }

    /// Its number.
    package let number: WorkerNumber
    /// The generation that it belongs to.
    package let generation: GenerationNumber
    /// Its place in the generation.
    package let slot: Slot
    /// How many processes this slot had before, in this generation.
    package let restarts: Int
    /// How the slot's last process ended.
    package let lastEnd: WorkerEnd?
    /// Where it stands.
    package internal(set) var state: State
    /// Since when it stands there.
    package internal(set) var since: Instant
    /// How much of the contract it has shown to speak.
    package internal(set) var level: WorkerLevel = .plain
    /// It is on its way out, and has no successor in its slot.
    package internal(set) var isLeaving = false
    /// Why it is being replaced: its successor has its slot.
    package internal(set) var recycling: RecycleCause?
    /// Why its process could not be started when that was tried last; nil: it could, or it was not tried.
    package internal(set) var spawnFailure: String?
    /// What it was told when it was told to drain.
    package var drainDeadlines: DrainDeadlines?
    /// From `terminate` or `abort` to `kill`.
    let grace: Duration
    /// How long it may be silent.
    var watchdog: Watchdog

    init(
        number: WorkerNumber, generation: GenerationNumber, slot: Slot, restarts: Int = 0, lastEnd: WorkerEnd? = nil,
        startAt: Instant, grace: Duration, watchdog limit: Duration?, at now: Instant
    ) {
        self.number = number
        self.generation = generation
        self.slot = slot
        self.restarts = restarts
        self.lastEnd = lastEnd
        self.grace = grace
        watchdog = Watchdog(limit: limit, heardAt: now)
        since = now
        state = .waiting(until: startAt)
    }

    /// Its process, while it has one.
    package var process: ProcessIdentity? {
        switch state {
        case .waiting, .spawning, .unwanted, .gone: nil
        case .starting(let process, _), .ready(let process, _), .draining(let process, _),
            .terminating(let process, _), .killed(let process):
            process
        }
    }

    /// Whether it is ready.
    package var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// When it is asked to exit at once, at the latest; nil: it does not drain.
    var leavesBy: Instant? { leavesBy(hasUpgrades: true) }

    /// The same; one that has no upgraded connections is not waited for because of them.
    func leavesBy(hasUpgrades: Bool) -> Instant? {
        switch state {
        case .draining(_, let deadline):
            hasUpgrades ? drainDeadlines?.last(for: level) ?? deadline : deadline
        case .terminating(_, let killAt): killAt
        case .waiting, .spawning, .unwanted, .starting, .ready, .killed, .gone: nil
        }
    }

    /// When it wants a tick.
    package var nextDeadline: Instant? {
        switch state {
        case .waiting(let instant), .starting(_, let instant?), .draining(_, let instant), .terminating(_, let instant):
            instant
        case .ready: watchdog.deadline
        case .spawning, .unwanted, .starting(_, nil), .killed, .gone: nil
        }
    }
}
