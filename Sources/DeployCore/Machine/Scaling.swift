/// The number of web workers that the operator wants, and the change of it that is not done yet.
struct Scaling: Equatable, Sendable {
    struct Change: Equatable, Sendable {
        let request: RequestNumber?
        let deadline: Instant
        /// Holds again when the change cannot be made: the operator's number, …
        let workersBefore: Int?
        /// … and what the generation that serves had to have.
        let wantedBefore: Int
    }

    /// Nil: as many as the release says.
    private(set) var workers: Int?
    private(set) var change: Change?

    init(workers: Int? = nil) {
        self.workers = workers
    }

    var nextDeadline: Instant? { change?.deadline }

    /// Begins a change, which takes the place of one that is not done yet.
    mutating func begin(
        _ request: RequestNumber?, workers wanted: Int, of generation: GenerationMachine, until deadline: Instant
    ) -> [Effect] {
        let superseded = change.map { [Effect.finish($0.request, .refused(.superseded))] } ?? []
        // One that was not done yet is nothing to go back to.
        change = Change(
            request: request, deadline: deadline, workersBefore: change.map(\.workersBefore) ?? workers,
            wantedBefore: change?.wantedBefore ?? generation.wanted)
        workers = wanted
        return superseded
    }

    /// A worker could not be started for which the change waits, or its launch step did not become the release's program, and
    /// another is to follow: more are not to be had.
    ///
    /// - Returns: how many workers the generation must have again, and what is told; nil: the change does not depend on it.
    mutating func giveUp(
        for worker: WorkerNumber, of generation: GenerationMachine, reason: String
    ) -> (wanted: Int, effect: Effect)? {
        let successor = generation.workers.first { $0.process == nil && $0.lastEnd == .notLaunched(reason: reason) }
        guard let waiting = change, let failed = generation.worker(worker) ?? successor, failed.slot.isWeb,
            !failed.isLeaving,
            generation.wanted > waiting.wantedBefore
        else { return nil }
        change = nil
        workers = waiting.workersBefore
        return (
            waiting.wantedBefore,
            .finish(waiting.request, .failed(.notSpawned(slot: failed.slot, reason: reason)))
        )
    }

    /// Ends a change that is done, or whose time is up.
    ///
    /// - Parameter generation: the one that serves; nil: nothing serves any more.
    mutating func finish(_ generation: GenerationMachine?, after patience: Duration, at now: Instant) -> [Effect] {
        guard let waiting = change else { return [] }
        guard let generation else {
            change = nil
            return [.finish(waiting.request, .refused(.stopping))]
        }
        if generation.isComplete {
            change = nil
            return [.finish(waiting.request, .done)]
        }
        guard now >= waiting.deadline else { return [] }
        change = nil
        return [.finish(waiting.request, .failed(Self.failure(of: generation, after: patience)))]
    }

    /// What is told of a generation that has not become complete in time.
    private static func failure(of generation: GenerationMachine, after patience: Duration) -> Failure {
        let late = generation.staying.filter { !$0.isReady }.sorted { $0.slot < $1.slot }
        for worker in late {
            guard let reason = worker.spawnFailure else { continue }
            return .notSpawned(slot: worker.slot, reason: reason)
        }
        return .neverReady(slots: late.map(\.slot), after: patience, lastProbe: nil)
    }
}
