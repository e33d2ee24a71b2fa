extension Machine {
    /// Does what the deploy under way has decided.
    mutating func carryOut(_ orders: [DeployOrder], at now: Instant) -> [Effect] {
        guard let deployment else { return [] }
        return orders.reduce(into: []) { effects, order in
            effects += carryOut(order, of: deployment, at: now)
        }
    }

    private mutating func carryOut(
        _ order: DeployOrder, of deployment: DeploymentMachine, at now: Instant
    ) -> [Effect] {
        let new = deployment.generation
        switch order {
        case .effect(let effect):
            if case .steer(let target) = effect { lineage.giveBack(to: target) }
            return [effect]
        case .boot:
            return change(new, at: now) { generation, _ in generation.begin(at: now) }
        case .abandon:
            return change(new, at: now) { generation, _ in
                generation.abandon(warmUntil: deployment.warmUntil, at: now)
            }
        case .share:
            return serve(new, at: now)
        case .cutOver:
            return moveUsers(from: deployment.predecessor, to: new, at: now)
        case .goBack(let isBad):
            let effects = deployment.predecessor.map { moveUsersBack(to: $0, at: now) } ?? []
            return effects + retire(new, at: now) + (isBad ? lineage.evacuate(new) : [])
        case .retireOld:
            return deployment.predecessor.map { retire($0, warm: deployment.warm, at: now) } ?? []
        case .drainNew:
            return drainNew(new, at: now)
        case .over(let outcome):
            return over(deployment, outcome)
        }
    }

    private mutating func moveUsers(
        from old: GenerationNumber?, to new: GenerationNumber, at now: Instant
    ) -> [Effect] {
        // It served before somebody tried to take users back.
        guard serving != new else { return [] }
        lineage.serving = new
        let effects = serve(new, at: now)
        return effects + (old.map { change($0, at: now) { generation, _ in generation.stayWarm(at: now) } } ?? [])
    }

    private mutating func moveUsersBack(to old: GenerationNumber, at now: Instant) -> [Effect] {
        lineage.serving = old
        return serve(old, at: now)
    }

    private mutating func serve(_ number: GenerationNumber, at now: Instant) -> [Effect] {
        change(number, at: now) { $0.serve(numbering: &$1, at: now) }
    }

    private mutating func retire(_ number: GenerationNumber, warm: Duration, at now: Instant) -> [Effect] {
        guard warm > .zero else { return retire(number, at: now) }
        return change(number, at: now) { generation, _ in generation.stayWarm(until: now + warm) }
    }

    private mutating func retire(_ number: GenerationNumber, at now: Instant) -> [Effect] {
        change(number, at: now) { $0.retire(numbering: &$1, at: now) }
    }

    private mutating func drainNew(_ new: GenerationNumber, at now: Instant) -> [Effect] {
        if serving == new { lineage.serving = nil }
        return change(new, at: now) { generation, _ in generation.drain(at: now) }
    }

    private mutating func over(_ ended: DeploymentMachine, _ outcome: Outcome) -> [Effect] {
        deployment = nil
        // After a first start that died with its master, the loop orders another.
        if outcome.isCommitted || outcome == .failed(.masterDied) { return [] }
        if ended.kind == .start, phase == .running {
            // There is nothing to go back to, and nobody to serve.
            phase = .stopping(code: 1)
        }
        return []
    }
}
