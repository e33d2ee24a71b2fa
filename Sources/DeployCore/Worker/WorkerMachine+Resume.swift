extension WorkerMachine {
    /// A worker that outlived its master, as that master left it; nil: it never had a process.
    ///
    /// One that was starting counts as ready: it may have said so while nobody listened, and it will not say it again.
    /// Where that is not enough (before the cut-over) its generation ends anyway.
    /// Its silence is counted anew.
    init?(
        resuming durable: DurableWorker, generation: GenerationNumber, grace: Duration, watchdog: Duration?,
        at now: Instant
    ) {
        guard let process = durable.process else { return nil }
        self.init(
            number: durable.number, generation: generation, slot: durable.slot, restarts: durable.restarts,
            lastEnd: durable.restarts > 0 ? .unobserved : nil, startAt: now,
            grace: grace, watchdog: durable.watchdog ?? watchdog, at: min(durable.since, now)
        )
        self.watchdog.heardAt = now
        level = durable.level
        isLeaving = durable.isLeaving
        recycling = durable.recycling
        drainDeadlines = durable.drain
        switch durable.stage {
        case .starting: state = .ready(process, since: now)
        case .ready: state = .ready(process, since: min(durable.since, now))
        // What was asked at the deadline for requests was perhaps not answered: it is asked again.
        case .draining:
            state = .draining(process, deadline: durable.drain?.first(for: durable.level) ?? durable.deadline ?? now)
        // The signal may not have been sent: the grace is counted anew.
        case .terminating: state = .terminating(process, killAt: now + grace)
        case .killed: state = .killed(process)
        case .waiting, .spawning, .unwanted, .gone: return nil
        }
    }

    /// What it was told, for the case that it was not told after all.
    ///
    /// Only a worker that reads messages is told to drain twice. To others the drain is a signal, which many programs take
    /// the second time for an order to exit at once; if the first was never sent, the deadline ends such a worker.
    func tellAgain() -> [Effect] {
        switch state {
        case .draining:
            guard level == .drains, let drainDeadlines else { return [] }
            return [.drain(number, drainDeadlines)]
        case .terminating:
            return [.terminate(number)]
        case .killed:
            return [.kill(number)]
        case .waiting, .spawning, .unwanted, .starting, .ready, .gone:
            return []
        }
    }
}
