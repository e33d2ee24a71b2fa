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
        case .proving:
            step += mayHaveUsers ? drain(at: now) : end(at: now)
        case .standingBy:
            if place != .cutOverTo {
                step += mayHaveUsers ? drain(at: now) : end(at: now)
            }
        case .serving:
            recycling.planMeasure(policies.recycle, at: now)
            step.effects += pool.replace(lost, isLeaving: false, numbering: &numbering, at: now)
            step.effects += adjust(numbering: &numbering, at: now)
        case .warm where place != .other || warmUntil != nil:
            step.effects += pool.replace(lost, isLeaving: false, numbering: &numbering, at: now)
        case .warm:
            step += retire(numbering: &numbering, at: now)
        case .retiring:
            // With nobody left to accept, its queue is the loop's: stragglers.
            let isDeserted = !workers.contains(where: \.slot.isWeb)
            step.effects += pool.replace(lost, isLeaving: true, numbering: &numbering, at: now)
            step += isDeserted ? drain(at: now) : Step(effects: [.askQueue(number)])
        case .draining:
            step.effects += pool.replace(lost, isLeaving: true, numbering: &numbering, at: now)
            step += drainOn(at: now)
        case .ending:
            step += end(at: now)
        case .gone:
            break
        }
        return step
    }
}
