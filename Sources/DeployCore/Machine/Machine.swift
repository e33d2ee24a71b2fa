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
    /// The policies that releases start from. A generation keeps those with which it began.
    package internal(set) var policies: Policies
    /// The generations, and the one that serves.
    package internal(set) var lineage: Lineage
    /// The deploy under way.
    package internal(set) var deployment: DeploymentMachine?
    /// Deploys that wait for it.
    package internal(set) var queue = DeployQueue()
    var scaling = Scaling()
    /// What the whole is up to.
    package internal(set) var phase: MachinePhase = .running
    /// What the last event brought to be recorded.
    var unrecorded: [HistoryEntry] = []
    /// How this master has told workers to share kept connections; nil: it has told nobody yet.
    var sharing: SteeringTarget?
    var stopRequests: [RequestNumber?] = []

    package init(policies: Policies, numbering: Numbering = Numbering()) {
        self.policies = policies
        lineage = Lineage(numbering: numbering)
    }

    /// When the machine wants a ``Event/tick``; nil: never, unless something happens.
    package var nextDeadline: Instant? {
        guard !hasEnded else { return nil }
        return lineage.nextDeadline.earlier(scaling.nextDeadline).earlier(deployment?.nextDeadline)
    }

    /// Takes what happened, and returns what is to be done, in order.
    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        guard !hasEnded else { return [] }
        let effects = dispatch(event, at: now) + settle(at: now)
        noteRecords(in: effects)
        return effects
    }

    /// Whether the master was told to exit.
    package var hasEnded: Bool { phase.hasEnded }

    /// Generations that have, or are about to have, lanes or processes, oldest first.
    package var generations: [GenerationMachine] { lineage.generations }

    /// The generation that new connections are steered to.
    package var serving: GenerationNumber? { lineage.serving }

    /// How many web workers the operator wants; nil: what the release says.
    package var scaledWorkers: Int? { scaling.workers }

    /// The generation of this number, if it is not gone.
    package func generation(_ number: GenerationNumber?) -> GenerationMachine? { lineage[number] }

    /// The worker of this number, if it is not gone.
    package func worker(_ number: WorkerNumber) -> WorkerMachine? {
        lineage.worker(number)
    }
}
