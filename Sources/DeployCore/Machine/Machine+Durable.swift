extension Machine {
    /// What must be on disk before the effects of the last event are performed.
    package var durable: DurableState {
        DurableState(
            generations: generations.map(\.durable), serving: serving, deployment: deployment?.durable,
            scaledWorkers: scaling.workers, numbering: lineage.numbering, isStopping: phase != .running,
            exitCode: phase.exitCode, unrecorded: unrecorded)
    }

    /// Keeps what is being recorded in the durable state until the next event: by then the loop has done it.
    mutating func noteRecords(in effects: [Effect]) {
        unrecorded = effects.compactMap(\.recorded)
    }
}

extension Effect {
    /// What it records, as another master may: the clients of this one are gone with it.
    fileprivate var recorded: HistoryEntry? {
        if case .record(let entry) = self { entry.withoutRequest } else { nil }
    }
}

extension HistoryEntry {
    fileprivate var withoutRequest: HistoryEntry {
        HistoryEntry(
            generation: generation, request: nil, kind: kind, from: from, to: to, outcome: outcome,
            durations: durations, warnings: warnings)
    }
}

extension GenerationMachine {
    /// The state's name.
    package var stage: GenerationStage { state.stage }

    var durable: DurableGeneration {
        DurableGeneration(
            number: number, plan: plan, stage: stage, wanted: wanted, announces: pool.announces,
            announcing: pool.announcing.sorted(), since: since, warmUntil: warmUntil,
            workers: workers.sorted { $0.number < $1.number }.map(\.durable))
    }
}

extension WorkerMachine {
    /// The state's name.
    package var stage: WorkerStage {
        switch state {
        case .waiting: .waiting
        case .spawning: .spawning
        case .unwanted: .unwanted
        case .starting: .starting
        case .ready: .ready
        case .draining: .draining
        case .terminating: .terminating
        case .killed: .killed
        case .gone: .gone
        }
    }

    var durable: DurableWorker {
        let deadline: Instant? =
            switch state {
            case .draining(_, let deadline), .terminating(_, let deadline): deadline
            case .waiting, .spawning, .unwanted, .starting, .ready, .killed, .gone: nil
            }
        return DurableWorker(
            number: number, slot: slot, stage: stage, process: process, level: level, deadline: deadline,
            drain: drainDeadlines, isLeaving: isLeaving, restarts: restarts,
            recycling: recycling, watchdog: watchdog.limit, since: since)
    }
}
