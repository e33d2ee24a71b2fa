/// The life of one generation: its lanes, its proof, its users, its end.
package struct GenerationMachine: Equatable, Sendable {
    typealias Step = GenerationStep

    /// Whether it has lanes.
    enum LaneHolding: Equatable, Sendable {
        case none, requested, held
    }

    package let number: GenerationNumber
    var pool: WorkerPool
    var state = GenerationPhase.preparing
    /// Since when it stands there.
    package private(set) var since: Instant
    var lanes: LaneHolding = .none
    /// What waits in its lanes is passed on to the generation that serves.
    var isEvacuated = false
    var recycling = Recycling()

    init(number: GenerationNumber, plan: ReleasePlan, policies: Policies, workers: Int, at now: Instant) {
        self.number = number
        pool = WorkerPool(of: number, plan: plan, policies: policies, wanted: workers)
        since = now
    }

    /// The generation as another master left it, with those of its workers that still live.
    init(resuming durable: DurableGeneration, survivors: Set<WorkerNumber>, policies: Policies, at now: Instant) {
        number = durable.number
        pool = WorkerPool(resuming: durable, survivors: survivors, policies: policies, at: now)
        since = min(durable.since, now)
        // One that was opening may have lanes or not.
        lanes = durable.stage == .preparing || durable.stage == .gone ? .none : .held
        state = GenerationPhase(resuming: durable, retire: pool.policies.retire, at: now)
    }

    mutating func enter(_ next: GenerationPhase, at now: Instant) {
        state = next
        since = now
    }

    /// When it, or one of its workers, wants a tick.
    package var nextDeadline: Instant? {
        let own: Instant? =
            switch state {
            case .proving(let proof): proof.nextDeadline
            case .retiring(let retirement): retirement.nextDeadline
            case .serving: recycling.nextDeadline(pool)
            case .warm(let until): until
            case .preparing, .opening, .standingBy, .draining, .ending, .gone: nil
            }
        return own.earlier(pool.nextDeadline)
    }

    /// Deadlines that have come, its own first.
    mutating func tick(numbering: inout Numbering, at now: Instant) -> Step {
        var step = Step()
        switch state {
        case .proving(let proof):
            if now >= proof.deadline { return Step(news: [.failed(proof.outOfTime(pool))]) }
            step += prove(at: now) { $0.tick($1, at: now) }
        case .retiring(var retirement):
            step += emptying(retirement.tick(at: now), retirement, at: now)
        case .serving:
            step.effects += recycling.tick(&pool, numbering: &numbering, at: now)
        case .warm(let until):
            if let until, now >= until { step += retire(numbering: &numbering, at: now) }
        case .preparing, .opening, .standingBy, .draining, .ending, .gone:
            break
        }
        return step + judged(pool.tick(at: now))
    }
}

// For those who look at it.
extension GenerationMachine {
    package var plan: ReleasePlan { pool.plan }
    /// When it retires though nothing happens: it is warm, and its successor was committed.
    package var warmUntil: Instant? {
        if case .warm(let until) = state { until } else { nil }
    }
    /// The policies, as its release wants them.
    package var policies: Policies { pool.policies }
    /// How many web workers it should have.
    package var wanted: Int { pool.wanted }
    /// Its workers, in no order; those that are gone are not among them.
    package var workers: [WorkerMachine] { pool.workers }
    /// Workers that are not on their way out, nor being replaced.
    var staying: [WorkerMachine] { pool.staying }
    /// Whether its workers crash in a loop that is not over yet.
    package func keepsCrashing(at now: Instant) -> Bool { pool.keepsCrashing(at: now) }
    /// Whether it has as many web workers as it should, all ready.
    package var isComplete: Bool { pool.isComplete }

    /// The worker of this number, if it is not gone.
    package func worker(_ number: WorkerNumber) -> WorkerMachine? { pool[number] }

    /// Whether somebody would serve who is steered here.
    package func mayServe(at now: Instant) -> Bool { pool.mayServe(at: now) }

    /// Until when a worker in this place may drain, if it begins now.
    package func drainDeadlines(of slot: Slot, at now: Instant) -> DrainDeadlines {
        pool.drainDeadlines(of: slot, at: now)
    }

    /// When the last of its workers is asked to exit at once, at the latest; nil: it does not drain.
    ///
    /// - Parameter hasUpgrades: whether anybody may have upgraded connections: who has none is not waited for any longer than
    ///   for his requests.
    package func drainsUntil(hasUpgrades: Bool = true) -> Instant? {
        switch state {
        case .draining, .ending: pool.drainsUntil(hasUpgrades: hasUpgrades)
        case .preparing, .opening, .proving, .standingBy, .serving, .warm, .retiring, .gone: nil
        }
    }
}
