/// What a new master must know to go on where this one stopped: a projection of the machine, saved whenever it changes.
///
/// Generations that are gone are not in it, and nothing in it changes while nothing happens.
package struct DurableState: Equatable, Codable, Sendable {
    /// The generations that have, or are about to have, lanes or processes, oldest first.
    package var generations: [DurableGeneration]
    /// The generation that new connections are steered to.
    package var serving: GenerationNumber?
    /// The deploy under way.
    package var deployment: DurableDeployment?
    /// What the operator scaled to; nil: what the release says.
    package var scaledWorkers: Int?
    /// The numbers that come next.
    package var numbering: Numbering
    /// The master was told to stop.
    package var isStopping: Bool
    /// What it exits with once it has stopped.
    package var exitCode = 0
    /// What the last event brought to be recorded. From the next event on it is in the history; until then nobody knows.
    package var unrecorded: [HistoryEntry] = []
}

/// What is kept of a generation.
package struct DurableGeneration: Equatable, Codable, Sendable {
    /// Its number.
    package var number: GenerationNumber
    /// Its release. What is opaque to the machine is read from the release's path again.
    package var plan: ReleasePlan
    /// Where it stands.
    package var stage: GenerationStage
    /// How many workers it should have.
    package var wanted: Int
    /// Whether its workers say READY=1.
    package var announces: Bool
    /// The kinds of processes that say READY=1, in the order of their names; nil: from before there were any.
    package var announcing: [String]? = nil
    /// Since when it stands there.
    package var since = Instant(sinceBoot: .zero)
    /// Until when it can serve again at once, after the commit of its successor.
    package var warmUntil: Instant? = nil
    /// Its workers, in the order of their numbers.
    package var workers: [DurableWorker]
}

/// What is kept of a worker.
package struct DurableWorker: Equatable, Codable, Sendable {
    /// Its number.
    package var number: WorkerNumber
    /// Its slot.
    package var slot: Slot
    /// Where it stands.
    package var stage: WorkerStage
    /// Its process, while it has one.
    package var process: ProcessIdentity?
    /// How much of the contract it speaks.
    package var level: WorkerLevel
    /// When patience with it ends, while it drains or exits.
    package var deadline: Instant?
    /// What it was told when it was told to drain.
    package var drain: DrainDeadlines? = nil
    /// It is on its way out, and has no successor in its slot.
    package var isLeaving = false
    /// How many processes its slot had before.
    package var restarts = 0
    /// Why it is being replaced.
    package var recycling: RecycleCause? = nil
    /// How long it may be silent.
    package var watchdog: Duration? = nil
    /// Since when it stands there.
    package var since = Instant(sinceBoot: .zero)
}

extension DurableWorker {
    /// One that accepts.
    package init(ready number: WorkerNumber, slot: Slot, process: ProcessIdentity, level: WorkerLevel) {
        self.init(number: number, slot: slot, stage: .ready, process: process, level: level, deadline: nil)
    }
}

/// What is kept of a deploy.
package struct DurableDeployment: Equatable, Codable, Sendable {
    /// The verb.
    package var kind: DeployKind
    /// The new generation.
    package var generation: GenerationNumber
    /// The one that served when it began.
    package var predecessor: GenerationNumber?
    /// The release deployed. (The generation may be gone while the deploy is still being recorded.)
    package var plan: ReleasePlan
    /// The release of the predecessor.
    package var from: String?
    /// Where it stands.
    package var stage: DeployStage
    /// What speaks against the new generation: why it is being undone, or will be.
    package var evidence: Failure?
    /// When it began.
    package var startedAt: Instant
    /// The step under way.
    package var step: DeployStep
    /// Since when.
    package var stepSince: Instant
    /// The steps that are done.
    package var durations: [StepDuration]
    /// What spoke against the new generation, and did not decide.
    package var warnings: [Failure] = []
    /// The hook under way.
    package var hook: DurableHook?
    /// Until when the new generation was to stay warm; not nil: it served before.
    package var warmUntil: Instant? = nil
    /// The step of the canary that is under way, from 0.
    package var canaryStep: Int? = nil
}

/// What is kept of a hook under way.
package struct DurableHook: Equatable, Codable, Sendable {
    /// Which one.
    package var kind: HookKind
    /// Its process, from before it does anything.
    package var process: ProcessIdentity?
    /// What its deploy comes to once it is over; nil: it goes on.
    package var outcome: Outcome?
}

/// The states of ``GenerationMachine``, without what changes inside them.
package enum GenerationStage: String, Codable, Equatable, Sendable, CaseIterable {
    case preparing, opening, booting, probing, standingBy, serving, warm, retiring, draining, ending, gone
}

/// The states of ``WorkerMachine``, without what changes inside them.
package enum WorkerStage: String, Codable, Equatable, Sendable, CaseIterable {
    case waiting, spawning, unwanted, starting, ready, draining, terminating, killed, gone
}

extension HistoryEntry {
    /// A deploy that the machine did not live to see done.
    package init(lostWithTheMachine deployment: DurableDeployment) {
        self.init(
            generation: deployment.generation, request: nil, kind: deployment.kind, from: deployment.from,
            to: deployment.plan.path, outcome: deployment.hook?.outcome ?? .failed(.machineDied),
            durations: deployment.durations, warnings: deployment.warnings)
    }
}
