/// The machine at one instant, as people want to see it: ages instead of instants, reasons instead of states.
package struct MachineView: Equatable, Sendable {
    /// The generation that gets new connections.
    package let serving: GenerationNumber?
    /// The deploy under way.
    package let deployment: DeploymentView?
    /// How many deploys wait behind it.
    package let queued: Int
    /// The master was told to stop.
    package let isStopping: Bool
    /// Every generation that is not gone, oldest first.
    package let generations: [GenerationView]

    /// The view at an instant, with what the workers and lanes count, as far as anybody knows.
    package init(_ machine: Machine, counters: [GenerationNumber: GenerationCounters] = [:], at now: Instant) {
        serving = machine.serving
        deployment = machine.deployment.map { DeploymentView($0, at: now) }
        queued = machine.queue.count
        isStopping = machine.phase != .running
        generations = machine.generations.map { generation in
            GenerationView(generation, successor: machine.serving, counters: counters[generation.number], at: now)
        }
    }
}

/// A deploy under way.
package struct DeploymentView: Equatable, Sendable {
    /// The verb.
    package let kind: DeployKind
    /// What users call the release.
    package let label: String
    /// The new generation.
    package let generation: GenerationNumber
    /// The step under way.
    package let step: DeployStep
    /// How long the step has lasted.
    package let stepAge: Duration
    /// Since the deploy began.
    package let age: Duration
    /// What the watch has seen so far; nil: it does not look, or has not yet.
    package let evidence: String?
    /// The share of new connections that it gets, in percent; nil: no canary is under way.
    package let canaryPercent: Int?

    init(_ deployment: DeploymentMachine, at now: Instant) {
        kind = deployment.kind
        label = deployment.plan.label
        generation = deployment.generation
        step = deployment.step
        stepAge = now - deployment.stepSince
        age = now - deployment.startedAt
        evidence = deployment.watchSummary?.description
        canaryPercent = deployment.canaryStep.map { deployment.plan.canary[$0].percent }
    }
}

/// A generation.
package struct GenerationView: Equatable, Sendable {
    /// Its number.
    package let number: GenerationNumber
    /// What users call its release.
    package let label: String
    /// Its release's real path.
    package let path: String
    /// Where it stands.
    package let stage: GenerationStage
    /// How long it has stood there.
    package let age: Duration
    /// Why it is not yet serving, or still here; nil while it serves.
    package let reason: String?
    /// Its workers, by slot.
    package let workers: [WorkerView]
    /// Its workers keep crashing: so many exits within the window.
    package let crashLoop: CrashLoopView?
    /// When its next worker is started after a crash.
    package let nextRespawnIn: Duration?

    init(
        _ generation: GenerationMachine, successor: GenerationNumber?, counters: GenerationCounters?, at now: Instant
    ) {
        let respawn = generation.policies.respawn
        number = generation.number
        label = generation.plan.label
        path = generation.plan.path
        stage = generation.stage
        age = now - generation.since
        reason = generation.reason(successor: successor, counters: counters, at: now)
        workers = generation.workers.sorted { ($0.slot, $0.number) < ($1.slot, $1.number) }
            .map { WorkerView($0, at: now) }
        crashLoop =
            generation.crashes.isLooping(at: now)
            ? CrashLoopView(exits: respawn.crashLoopExits, window: respawn.crashLoopWindow) : nil
        nextRespawnIn = workers.compactMap(\.startsIn).min()
    }

    /// What to type when its workers keep crashing. Where it does not serve, a rollback would leave the
    /// generation that does.
    package func crashLoopAdvice(serving: GenerationNumber?) -> String {
        let logs = "`deployd logs \(number)`"
        switch stage {
        case _ where number == serving: return "\(logs); `deployd rollback` goes back"
        case .warm, .retiring, .draining, .ending, .gone: return "\(logs); it no longer serves, and ends by itself"
        case .preparing, .opening, .booting, .probing, .standingBy, .serving:
            return "\(logs); the deploy under way decides what becomes of it"
        }
    }
}

/// So many exits within so long.
package struct CrashLoopView: Equatable, Sendable {
    /// The exits.
    package let exits: Int
    /// The time within which they came.
    package let window: Duration
}

/// A worker.
package struct WorkerView: Equatable, Sendable {
    /// Its slot.
    package let slot: Slot
    /// Its number.
    package let number: WorkerNumber
    /// Its process id, while it has a process.
    package let pid: Int32?
    /// Where it stands.
    package let stage: WorkerStage
    /// How long it has stood there.
    package let age: Duration
    /// How many processes its slot had before.
    package let restarts: Int
    /// How the last of them ended.
    package let lastEnd: WorkerEnd?
    /// Until it is started; nil: it is not waiting for that.
    package let startsIn: Duration?
    /// Why it could not be started when that was tried last.
    package let spawnFailure: String?

    init(_ worker: WorkerMachine, at now: Instant) {
        slot = worker.slot
        number = worker.number
        pid = worker.process?.pid
        stage = worker.stage
        age = now - worker.since
        restarts = worker.restarts
        lastEnd = worker.lastEnd
        spawnFailure = worker.spawnFailure
        startsIn = if case .waiting(let until) = worker.state { max(.zero, until - now) } else { nil }
    }
}

/// What is counted outside the machine: by workers on their scoreboards, by the kernel in the lanes.
package struct GenerationCounters: Equatable, Sendable {
    /// Requests being answered; nil: nobody counts.
    package var requests: Int?
    /// Connections without a request.
    package var idle: Int?
    /// Upgraded connections.
    package var upgraded: Int?
    /// Connections that wait in the lanes; nil: unknown.
    package var queued: Int?

    package init(requests: Int? = nil, idle: Int? = nil, upgraded: Int? = nil, queued: Int? = nil) {
        self.requests = requests
        self.idle = idle
        self.upgraded = upgraded
        self.queued = queued
    }
}
