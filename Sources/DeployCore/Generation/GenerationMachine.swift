/// The life of one generation: its lanes, its proof, its users, its end.
package struct GenerationMachine: Equatable, Sendable {
    typealias Step = GenerationStep

    enum State: Equatable, Sendable {
        /// Waits until the state is saved. → opening, ending
        case preparing
        /// Waits for its lanes. → proving, ending
        case opening
        /// Its workers start, and have to answer. → standingBy, ending
        case proving(GenerationProof)
        /// Proven; no user has met it. → serving, retiring, draining, ending
        case standingBy
        /// New connections are steered to it. → warm, retiring, draining
        case serving
        /// Its successor serves and is watched; it keeps its workers, and can serve again at once while one of them is
        /// ready. → serving, retiring, draining
        case warm
        /// It gets no new connections; its lanes run empty. → draining
        case retiring(Retirement)
        /// Its workers finish what they have. → ending, gone
        case draining
        /// Its workers are asked to exit at once. → gone
        case ending
        /// No process of it is left, and its lanes are given back.
        case gone
    }

    /// Whether it has lanes.
    enum LaneHolding: Equatable, Sendable {
        case none, requested, held
    }

    package let number: GenerationNumber
    var pool: WorkerPool
    var state: State = .preparing
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
        state =
            switch durable.stage {
            case .preparing: .preparing
            case .opening: .opening
            case .booting: .proving(GenerationProof(by: now))
            case .probing: .proving(GenerationProof(by: now, isProbing: true))
            case .standingBy: .standingBy
            case .serving: .serving
            case .warm: .warm
            case .retiring: .retiring(Retirement(pool.policies.retire, since: now))
            case .draining: .draining
            case .ending: .ending
            case .gone: .gone
            }
    }

    mutating func enter(_ next: State, at now: Instant) {
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
            case .preparing, .opening, .standingBy, .warm, .draining, .ending, .gone: nil
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
        case .preparing, .opening, .standingBy, .warm, .draining, .ending, .gone:
            break
        }
        return step + judged(pool.tick(at: now))
    }
}

// For those who look at it.
extension GenerationMachine {
    package var plan: ReleasePlan { pool.plan }
    /// The policies, as its release wants them.
    package var policies: Policies { pool.policies }
    /// How many web workers it should have.
    package var wanted: Int { pool.wanted }
    /// Its workers, in no order; those that are gone are not among them.
    package var workers: [WorkerMachine] { pool.workers }
    /// Workers that are not on their way out, nor being replaced.
    var staying: [WorkerMachine] { pool.staying }
    /// The latest exits.
    package var crashes: CrashLoop { pool.crashes }
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
