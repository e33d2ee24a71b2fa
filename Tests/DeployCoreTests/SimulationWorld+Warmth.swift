@testable import DeployCore

// Generations that stay warm after the commit of their successor.
extension SimulationWorld {
    /// The release of one that is to be warm now.
    var keptWarm: ReleasePlan? { generations.last { $0.keptUntil.map { now < $0 } ?? false }?.plan }

    /// What an event makes of warmth: a commit promises it, another deploy ends it.
    func noteWarmth(_ event: Event, before: Before) throws(SimulationViolation) {
        if case .committed(let number) = event, before.new == number, before.stage == .committing,
            machine.phase == .running
        {
            try promiseWarmth(number)
        }
        guard let deployment = machine.deployment,
            deployment.generation != before.new || deployment.startedAt != before.startedAt
        else { return }
        if case .deploy(_, let plan, .rollback, _) = event, before.isIdle {
            let ready = generations.last { book in
                plan.path == book.plan.path && book.keptUntil.map { now < $0 } ?? false && isSurelyReady(book.number)
            }
            let isKnown = ready == nil || deployment.warmUntil != nil
            try expect(isKnown, "generation \(ready?.number.rawValue ?? 0) is warm, and a roll-back does not take it")
        }
        for index in generations.indices { generations[index].keptUntil = nil }
        guard deployment.warmUntil != nil else { return }
        coverage?.note("a deploy goes back to what is warm")
        change(deployment.generation) { $0.returns(over: deployment.predecessor) }
    }

    /// What was cut over from stays warm, if the new release wants that; after a roll-back nothing does.
    private func promiseWarmth(_ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        guard !book.isReturn, let old = book.predecessor, let warm = book.plan.overrides.warm, warm > .zero,
            !book.isRollBack
        else { return }
        change(old) { $0.keptUntil = now + warm }
    }

    /// Invariant 14: what is to be warm is warm, and nothing else is for longer than its deploy.
    func checkWarmth() throws(SimulationViolation) {
        guard machine.phase == .running else { return }
        for book in generations {
            guard let until = book.keptUntil, now < until else { continue }
            let stage = machine.generation(book.number)?.stage
            try expect(
                stage == .warm, "generation \(book.number) is to stay warm, and is \(stage.map { "\($0)" } ?? "gone")")
        }
        for generation in machine.generations where generation.stage == .warm {
            let number = generation.number
            let deployment = machine.deployment
            if [deployment?.predecessor, deployment?.generation].contains(number) { continue }
            try expect(
                deployment == nil && generation.warmUntil != nil, "generation \(number) is warm, and for nothing")
        }
    }
}
