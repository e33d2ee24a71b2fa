/// The deploy machine: everything that the master decides, and nothing that it does.
///
/// Events in, effects out. It reads no clock, holds no descriptor and starts no timer: time is an argument, and
/// ``nextDeadline`` says when it wants a ``Event/tick``. The same events at the same instants give the same effects, so that
/// a history can be replayed.
///
/// Three machines stand inside, each of which knows only its own subject: ``DeploymentMachine`` (at most one: the order of
/// the steps), ``GenerationMachine`` (lanes, proof, workers, the way out) and ``WorkerMachine`` (one process). This one
/// carries news between them, and keeps what spans them: who serves, who waits, how many drain.
package struct Machine: Equatable, Sendable {
    /// What the whole is up to.
    package enum Phase: Equatable, Sendable {
        /// Serves, or tries to. → stopping
        case running
        /// Ends every generation, then the master, with this code. → ended
        case stopping(code: Int)
        /// The master was told to exit, with this code.
        case ended(code: Int)
    }

    /// A deploy that waits its turn.
    package struct Queued: Equatable, Sendable {
        /// Who asked.
        package let request: RequestNumber?
        /// What for.
        package let plan: ReleasePlan
        /// The verb.
        package let kind: DeployKind
    }

    /// A change of the number of workers that is not done yet.
    struct Scaling: Equatable, Sendable {
        let request: RequestNumber?
        let deadline: Instant
        /// What holds again when it cannot be done: as ``Machine/scaledWorkers`` was, …
        let scaledBefore: Int?
        /// … and what the generation that serves had to have.
        let wantedBefore: Int
    }

    /// The policies that releases start from. A generation keeps those with which it began.
    package internal(set) var policies: Policies
    /// Generations that have, or are about to have, lanes or processes, oldest first.
    package internal(set) var generations: [GenerationMachine] = []
    /// The generation that new connections are steered to.
    package internal(set) var serving: GenerationNumber?
    /// The deploy under way.
    package internal(set) var deployment: DeploymentMachine?
    /// Deploys that wait for it, first come first.
    package internal(set) var queue: [Queued] = []
    /// How many workers the operator wants; nil: what the release says.
    package internal(set) var scaledWorkers: Int?
    /// What the whole is up to.
    package internal(set) var phase: Phase = .running
    /// What the last event brought to be recorded.
    var unrecorded: [HistoryEntry] = []
    /// How this master has told workers to share kept connections; nil: it has told nobody yet.
    var sharing: SteeringTarget?
    var scaling: Scaling?
    var stopRequests: [RequestNumber?] = []
    var numbering: Numbering

    package init(policies: Policies, numbering: Numbering = Numbering()) {
        self.policies = policies
        self.numbering = numbering
    }

    /// When the machine wants a ``Event/tick``; nil: never, unless something happens.
    package var nextDeadline: Instant? {
        guard !hasEnded else { return nil }
        var earliest = (scaling?.deadline).earlier(deployment?.nextDeadline)
        for index in generations.indices { earliest = earliest.earlier(generations[index].nextDeadline) }
        return earliest
    }

    /// Takes what happened, and returns what is to be done, in order.
    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        guard !hasEnded else { return [] }
        let effects = dispatch(event, at: now) + settle(at: now)
        noteRecords(in: effects)
        return effects
    }

    /// Whether the master was told to exit.
    package var hasEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// The generation of this number, if it is not gone.
    package func generation(_ number: GenerationNumber?) -> GenerationMachine? {
        number.flatMap(index(of:)).map { generations[$0] }
    }

    /// The worker of this number, if it is not gone.
    package func worker(_ number: WorkerNumber) -> WorkerMachine? {
        guard let owner = owner(of: number) else { return nil }
        return generations[owner].worker(number)
    }

    /// Where the generation stands among the others.
    func index(of number: GenerationNumber) -> Int? {
        generations.indices.first { generations[$0].number == number }
    }

    /// Where the generation of a worker stands among the others.
    func owner(of number: WorkerNumber) -> Int? {
        generations.indices.first { generations[$0].worker(number) != nil }
    }
}
