/// The workers of one generation: those that are there, those that are missing, and those that are too many.
package struct WorkerPool: Equatable, Sendable {
    /// The generation's number.
    let generation: GenerationNumber
    let plan: ReleasePlan
    /// The policies, as the release wants them.
    let policies: Policies
    /// How many web workers there should be.
    var wanted: Int
    /// In no order; those that are gone are not among them.
    var workers: [WorkerMachine] = []
    /// The web workers say READY=1, so that a respawned one is ready when it says so.
    var announces: Bool
    /// The kinds of processes that say READY=1.
    var announcing: Set<String>
    /// The exclusive kinds that it may have now.
    var heldJobs: Set<String> = []
    /// The master stops, and the operator lets no drain take longer than until then.
    var stopBy: Instant?
    /// The latest exits.
    var crashes: CrashLoop
    private var backoff: Backoff

    init(of generation: GenerationNumber, plan: ReleasePlan, policies: Policies, wanted: Int) {
        let own = policies.applying(plan.overrides)
        self.generation = generation
        self.plan = plan
        self.policies = own
        self.wanted = max(1, min(wanted, policies.maxWorkers))
        announces = plan.readiness == .both || plan.readiness == .notify
        announcing = Set(plan.processes.filter { $0.readiness == .notify }.map(\.name))
        crashes = CrashLoop(own.respawn)
        backoff = Backoff(own.respawn)
    }

    /// The workers that another master left, as far as they still live.
    init(resuming durable: DurableGeneration, survivors: Set<WorkerNumber>, policies: Policies, at now: Instant) {
        self.init(of: durable.number, plan: durable.plan, policies: policies, wanted: durable.wanted)
        announces = durable.announces
        announcing.formUnion(durable.announcing ?? [])
        workers = durable.workers.filter { survivors.contains($0.number) }.compactMap {
            WorkerMachine(
                resuming: $0, generation: durable.number, grace: self.policies.terminateGrace,
                watchdog: watchdog(of: $0.slot), at: now)
        }
    }

    /// When one of the workers wants a tick.
    var nextDeadline: Instant? {
        var earliest: Instant?
        for index in workers.indices { earliest = earliest.earlier(workers[index].nextDeadline) }
        return earliest
    }

    /// Where the worker stands among the others; nil: it is gone.
    func index(of worker: WorkerNumber) -> Int? {
        workers.indices.first { workers[$0].number == worker }
    }

    subscript(number: WorkerNumber) -> WorkerMachine? { index(of: number).map { workers[$0] } }

    /// Workers that are not on their way out, nor being replaced.
    var staying: [WorkerMachine] {
        workers.filter { !$0.isLeaving && $0.recycling == nil }
    }

    /// Those of them that accept from the lanes.
    var webWorkers: [WorkerMachine] { staying.filter(\.slot.isWeb) }

    /// Whether there are as many web workers as there should be, all ready.
    var isComplete: Bool {
        let webWorkers = webWorkers
        return webWorkers.count == wanted && webWorkers.allSatisfy(\.isReady)
    }

    /// Whether somebody would serve who is steered here: a web worker is ready.
    ///
    /// One that was started again without a word counts from its start as ready, and in a crash loop READY=1 does not say
    /// much either: these count when they have lived for as long as a worker that was replaced needs to settle.
    func mayServe(at now: Instant) -> Bool {
        workers.contains { worker in
            guard worker.slot.isWeb, case .ready(_, let since) = worker.state else { return false }
            if worker.restarts == 0 || now - since >= policies.recycle.settling { return true }
            return announces && !crashes.isLooping(at: now)
        }
    }

    /// Whether its workers crash in a loop. It is over when all have lived for as long as one that was replaced needs to
    /// settle.
    func keepsCrashing(at now: Instant) -> Bool {
        guard crashes.isLooping(at: now) else { return false }
        return !workers.filter { !$0.isLeaving }.allSatisfy { worker in
            guard case .ready(_, let since) = worker.state else { return false }
            return now - since >= policies.recycle.settling
        }
    }

    /// Lets a worker move; one that is gone does nothing.
    mutating func tell(_ worker: WorkerNumber, _ input: WorkerMachine.Input, at now: Instant) -> [Effect] {
        guard let index = index(of: worker) else { return [] }
        let effects = workers[index].handle(input, at: now)
        dropGone()
        return effects
    }

    /// A worker has said READY=1. `isNew`: it was not ready before. Nil: of its kind that means nothing, or it is gone.
    mutating func ready(
        _ worker: WorkerNumber, level: WorkerLevel, at now: Instant
    ) -> (effects: [Effect], isNew: Bool)? {
        guard let index = index(of: worker) else { return nil }
        workers[index].level = max(level, workers[index].level)
        guard believes(workers[index].slot) else { return nil }
        let wasReady = workers[index].isReady
        return (workers[index].handle(.ready, at: now), !wasReady)
    }

    /// The release is proven: all of them count as ready.
    mutating func allReady(at now: Instant) {
        for index in workers.indices { _ = workers[index].handle(.ready, at: now) }
    }

    /// A new worker in a free slot, started at once.
    private mutating func add(
        _ slot: Slot, replacing lost: DurableWorker?, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        start(
            WorkerMachine(
                number: numbering.worker(), generation: generation, slot: slot,
                restarts: lost.map { $0.restarts + 1 } ?? 0, lastEnd: lost.map { _ in .unobserved }, startAt: now,
                grace: policies.terminateGrace, watchdog: watchdog(of: slot), at: now), at: now)
    }

    private mutating func start(_ worker: WorkerMachine, at now: Instant) -> [Effect] {
        workers.append(worker)
        return workers[workers.count - 1].handle(.tick, at: now)
    }

    /// Starts the first worker of every place that there is.
    mutating func begin(numbering: inout Numbering, at now: Instant) -> [Effect] {
        places.flatMap { add($0, replacing: nil, numbering: &numbering, at: now) }
    }

    /// Starts workers that are wanting, of each kind in the lowest free slots.
    ///
    /// - Parameters:
    ///   - lost: those that had slots before.
    ///   - isLeaving: whether the generation is on its way out.
    mutating func fill(
        replacing lost: [DurableWorker] = [], isLeaving: Bool, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        strength(isLeaving: isLeaving).flatMap { process, count in
            let missing = count - staying.count { $0.slot.process == process }
            guard missing > 0 else { return [Effect]() }
            // (Beside a worker that is being replaced there is room.)
            let taken = Set(workers.filter { $0.recycling == nil }.map(\.slot))
            let free = (1...(count + workers.count)).map { Slot($0, of: process) }.filter { !taken.contains($0) }
            return free.prefix(missing).flatMap { slot in
                add(slot, replacing: lost.last { $0.slot == slot }, numbering: &numbering, at: now)
            }
        }
    }

    /// Starts what is missing at once: users may wait, and nobody knows how long the workers have been gone.
    mutating func replace(
        _ lost: [DurableWorker], isLeaving: Bool, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        let replaced = strength(isLeaving: isLeaving).map(\.process)
        let notes = lost.filter { !$0.isLeaving && replaced.contains($0.slot.process) }.compactMap(\.lostWorker).map {
            Effect.report(nil, .note(.exited(generation, $0, respawnIn: .zero)))
        }
        return notes + fill(replacing: lost, isLeaving: isLeaving, numbering: &numbering, at: now)
    }

    /// The successor of a worker that was lost: same slot, same release, after the back-off.
    mutating func respawn(
        _ old: WorkerMachine, _ lost: LostWorker, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        let startAt = backoff.failed(at: now)
        workers.append(
            WorkerMachine(
                number: numbering.worker(), generation: generation, slot: old.slot, restarts: old.restarts + 1,
                lastEnd: lost.end, startAt: startAt, grace: policies.terminateGrace,
                watchdog: watchdog(of: old.slot), at: now))
        var effects = [Effect.report(nil, .note(.exited(generation, lost, respawnIn: startAt - now)))]
        if crashes.exited(at: now) {
            effects.append(.report(nil, .note(.crashLoop(generation))))
        }
        return effects
    }

    /// The successor of a worker that is to be replaced, beside it in its slot.
    mutating func recycle(
        _ worker: WorkerNumber, _ cause: RecycleCause, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        guard let index = index(of: worker) else { return [] }
        workers[index].recycling = cause
        let old = workers[index]
        let successor = WorkerMachine(
            number: numbering.worker(), generation: generation, slot: old.slot, restarts: old.restarts + 1,
            lastEnd: .recycled(cause), startAt: now, grace: policies.terminateGrace, watchdog: policies.watchdog,
            at: now)
        return [.report(nil, .note(.recycled(generation, slot: old.slot, cause)))] + start(successor, at: now)
    }

    /// Its process could not be started: it is tried again after the back-off, unless it is to go.
    mutating func spawnFailed(_ worker: WorkerNumber, reason: String, at now: Instant) -> [Effect] {
        guard let index = index(of: worker) else { return [] }
        guard !workers[index].isLeaving else { return tell(worker, .spawnFailed(retryAt: nil), at: now) }
        let retryAt = backoff.failed(at: now)
        let effects = workers[index].handle(.spawnFailed(retryAt: retryAt), at: now)
        workers[index].spawnFailure = reason
        let note = Note.notSpawned(generation, slot: workers[index].slot, reason: reason, retryIn: retryAt - now)
        return effects + [.report(nil, .note(note))]
    }

    /// Takes out a worker whose process was reaped; nil: it is gone already, or had none.
    mutating func exited(
        _ worker: WorkerNumber, _ end: WorkerEnd, at now: Instant
    ) -> (old: WorkerMachine, lost: LostWorker)? {
        guard let index = index(of: worker), let process = workers[index].process else { return nil }
        _ = workers[index].handle(.exited, at: now)
        let old = workers.remove(at: index)
        return (old, LostWorker(worker: worker, slot: old.slot, pid: process.pid, end: old.watchdog.verdict ?? end))
    }

    /// Drains those that are too many, the highest slots first, as long as another one is ready to accept what comes.
    mutating func shed(at now: Instant) -> [Effect] {
        let staying = webWorkers.sorted { $0.slot < $1.slot }
        guard staying.count > wanted else { return [] }
        let someoneStays = staying.prefix(wanted).contains(where: \.isReady)
        return staying.dropFirst(wanted).filter { someoneStays || !$0.isReady }.flatMap {
            tell($0.number, .drain(drainDeadlines(of: $0.slot, at: now)), at: now)
        }
    }

    /// Passes on the deadlines that have come. `verdicts`: workers that their watchdogs end.
    mutating func tick(at now: Instant) -> (effects: [Effect], verdicts: [LostWorker]) {
        var effects: [Effect] = []
        var verdicts: [LostWorker] = []
        for index in workers.indices {
            effects += workers[index].handle(.tick, at: now)
            if let lost = workers[index].takeVerdict() { verdicts.append(lost) }
        }
        return (effects, verdicts)
    }

    /// Takes what a worker says to its watchdog. `verdicts`: it is ended for that.
    mutating func pulse(
        _ worker: WorkerNumber, _ pulse: Pulse, at now: Instant
    ) -> (effects: [Effect], verdicts: [LostWorker]) {
        guard let index = index(of: worker) else { return ([], []) }
        let effects = workers[index].handle(.pulse(pulse), at: now)
        return (effects, workers[index].takeVerdict().map { [$0] } ?? [])
    }

    mutating func dropGone() {
        workers.removeAll { $0.state == .gone }
    }
}
