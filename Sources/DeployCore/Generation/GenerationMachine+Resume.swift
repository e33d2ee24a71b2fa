/// What the deploy that was under way when the master died has to do with a generation.
enum GenerationPlace: Equatable, Sendable {
    /// It is the new one, before its cut-over: the deploy is given up.
    case unproven
    /// It is the new one, and the deploy goes on.
    case cutOverTo
    /// It served when the deploy began.
    case predecessor
    /// Nothing.
    case other
}

extension GenerationMachine {
    /// The generation as another master left it, with those of its workers that still live.
    init(resuming durable: DurableGeneration, survivors: Set<WorkerNumber>, policies: Policies, at now: Instant) {
        self.init(number: durable.number, plan: durable.plan, policies: policies, workers: durable.wanted, at: now)
        since = min(durable.since, now)
        announces = durable.announces
        announcing.formUnion(durable.announcing ?? [])
        // One that was opening may have lanes or not.
        lanes = durable.stage == .preparing || durable.stage == .gone ? .none : .held
        state = Self.state(durable.stage, at: now)
        workers = durable.workers.filter { survivors.contains($0.number) }.compactMap {
            WorkerMachine(
                resuming: $0, generation: durable.number, grace: self.policies.terminateGrace,
                watchdog: watchdog(of: $0.slot), at: now)
        }
    }

    private static func state(_ stage: GenerationStage, at now: Instant) -> State {
        switch stage {
        case .preparing: .preparing
        case .opening: .opening
        case .booting: .booting(deadline: now)
        case .probing: .probing(deadline: now)
        case .standingBy: .standingBy
        case .serving: .serving
        case .warm: .warm
        case .retiring: .retiring(Retirement(since: now))
        case .draining: .draining
        case .ending: .ending
        case .gone: .gone
        }
    }

    /// Goes on: what was perhaps not done is done again, and workers that were lost are replaced where they are wanted.
    ///
    /// - Parameter mayHaveUsers: whether connections may have entered its lane before it was their turn.
    mutating func resume(
        as place: GenerationPlace, lost: [DurableWorker], mayHaveUsers: Bool, numbering: inout Numbering,
        at now: Instant
    ) -> Step {
        var step = Step(effects: workers.flatMap { $0.tellAgain() })
        switch state {
        case .preparing, .opening:
            step += end(at: now)
        case .booting, .probing:
            step += mayHaveUsers ? drain(drainDeadlines(at: now), at: now) : end(at: now)
        case .standingBy:
            if place != .cutOverTo {
                step += mayHaveUsers ? drain(drainDeadlines(at: now), at: now) : end(at: now)
            }
        case .serving:
            planMeasure(at: now)
            step += replace(lost, numbering: &numbering, at: now)
            step.effects += adjust(numbering: &numbering, at: now)
        case .warm:
            step +=
                place == .predecessor
                ? replace(lost, numbering: &numbering, at: now) : retire(numbering: &numbering, at: now)
        case .retiring:
            // With nobody left to accept, its queue is the loop's: stragglers.
            let isDeserted = !workers.contains(where: \.slot.isWeb)
            step += replace(lost, numbering: &numbering, at: now)
            step += isDeserted ? drain(drainDeadlines(at: now), at: now) : Step(effects: [.askQueue(number)])
        case .draining:
            step += replace(lost, numbering: &numbering, at: now)
            step += drainOn(at: now)
        case .ending:
            step += end(at: now)
        case .gone:
            break
        }
        return step
    }

    /// Starts what is missing at once: users may wait, and nobody knows how long the workers have been gone.
    private mutating func replace(
        _ lost: [DurableWorker], numbering: inout Numbering, at now: Instant
    ) -> Step {
        let replaced = strength.map(\.process)
        let notes = lost.filter { !$0.isLeaving && replaced.contains($0.slot.process) }.compactMap(\.lostWorker).map {
            Effect.report(nil, .note(.exited(number, $0, respawnIn: .zero)))
        }
        return Step(effects: notes + fill(replacing: lost, numbering: &numbering, at: now))
    }
}
