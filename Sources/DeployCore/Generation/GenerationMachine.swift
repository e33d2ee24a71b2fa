/// The life of one generation: its lanes, its workers, its proof, its end.
package struct GenerationMachine: Equatable, Sendable {
    /// Where it stands.
    package enum State: Equatable, Sendable {
        /// Waits until the state is saved. → opening, ending
        case preparing
        /// Waits for its lanes. → booting, ending
        case opening
        /// Its workers start. → probing, standingBy, ending
        case booting(deadline: Instant)
        /// Its workers are ready and have to answer, by the same deadline. → standingBy, ending
        case probing(deadline: Instant)
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

    /// What its deploy, if one is under way, must know.
    package enum News: Equatable, Sendable {
        /// All workers are ready, and probes decide now.
        case ready
        /// It may serve.
        case proven
        /// It will not come to serve.
        case failed(Failure)
        /// It lost a worker after it had been steered to.
        case lost(LostWorker)
    }

    /// What a transition brings: effects for the loop, news for the deploy.
    package struct Step: Equatable, Sendable {
        package var effects: [Effect] = []
        package var news: [News] = []

        static func += (left: inout Step, right: Step) {
            left.effects += right.effects
            left.news += right.news
        }

        static func + (left: Step, right: Step) -> Step {
            Step(effects: left.effects + right.effects, news: left.news + right.news)
        }
    }

    /// Whether it has lanes.
    package enum LaneHolding: Equatable, Sendable {
        case none, requested, held
    }

    /// Its number.
    package let number: GenerationNumber
    /// Its release.
    package let plan: ReleasePlan
    /// The policies, as its release wants them.
    package let policies: Policies
    /// How many workers it should have.
    package internal(set) var wanted: Int
    /// Its workers, in no order; those that are gone are not among them.
    package internal(set) var workers: [WorkerMachine] = []
    /// Where it stands.
    package internal(set) var state: State = .preparing
    /// Since when it stands there.
    package internal(set) var since: Instant
    /// Whether it has lanes.
    package internal(set) var lanes: LaneHolding = .none
    /// Its workers say READY=1, so that a respawned one is ready when it says so.
    package internal(set) var announces: Bool
    /// The kinds of processes that say READY=1.
    package internal(set) var announcing: Set<String>
    /// The master stops, and the operator lets no drain take longer than until then.
    var stopBy: Instant?
    /// The latest exits.
    package internal(set) var crashes: CrashLoop
    var probes = ProbeRun()
    /// When the memory of its workers is looked at next; nil: it is being, or nobody wants to know.
    var nextMeasureAt: Instant?
    /// What waits in its lanes is passed on to the generation that serves.
    var isEvacuated = false
    var backoff: Backoff

    init(number: GenerationNumber, plan: ReleasePlan, policies: Policies, workers: Int, at now: Instant) {
        let own = policies.applying(plan.overrides)
        self.number = number
        self.plan = plan
        self.policies = own
        wanted = max(1, min(workers, policies.maxWorkers))
        since = now
        announces = plan.readiness == .both || plan.readiness == .notify
        announcing = Set(plan.processes.filter { $0.readiness == .notify }.map(\.name))
        crashes = CrashLoop(own.respawn)
        backoff = Backoff(own.respawn)
    }

    /// When it, or one of its workers, wants a tick.
    package var nextDeadline: Instant? {
        var earliest = ownDeadline
        for index in workers.indices { earliest = earliest.earlier(workers[index].nextDeadline) }
        return earliest
    }

    private var ownDeadline: Instant? {
        switch state {
        case .booting(let deadline), .probing(let deadline): probes.nextAt.earlier(deadline)
        case .retiring(let retirement): retirement.nextAsk.earlier(retirement.since + policies.retire.limit)
        case .serving: recycleDeadline
        case .preparing, .opening, .standingBy, .warm, .draining, .ending, .gone: nil
        }
    }

    /// Where the worker stands among the others; nil: it is gone.
    func index(of worker: WorkerNumber) -> Int? {
        workers.indices.first { workers[$0].number == worker }
    }

    /// The worker of this number, if it is not gone.
    package func worker(_ number: WorkerNumber) -> WorkerMachine? {
        index(of: number).map { workers[$0] }
    }

    /// Workers that are not on their way out, nor being replaced.
    var staying: [WorkerMachine] {
        workers.filter { !$0.isLeaving && $0.recycling == nil }
    }

    /// Those of them that accept from the lanes.
    var webWorkers: [WorkerMachine] { staying.filter(\.slot.isWeb) }

    /// Whether it has as many web workers as it should, all ready.
    package var isComplete: Bool {
        let webWorkers = webWorkers
        return webWorkers.count == wanted && webWorkers.allSatisfy(\.isReady)
    }

    mutating func enter(_ next: State, at now: Instant) {
        state = next
        since = now
    }
}

/// How far the emptying of an old generation's lanes has come.
package struct Retirement: Equatable, Sendable {
    /// When it began.
    package let since: Instant
    /// Since when every look found the queues empty.
    package var emptySince: Instant?
    /// How many connections the last look found.
    package var waiting = 0
    /// When to look again; nil: a look is under way.
    package var nextAsk: Instant?
}

/// How far the probing of a generation has come.
struct ProbeRun: Equatable, Sendable {
    /// Good answers in a row.
    var successes = 0
    /// What was wrong with the last bad one.
    var lastFailure: String?
    /// Since when there are only bad answers that more time does not make better.
    var definiteSince: Instant?
    /// A probe is under way.
    var inFlight = false
    /// When the next one is due.
    var nextAt: Instant?
}
