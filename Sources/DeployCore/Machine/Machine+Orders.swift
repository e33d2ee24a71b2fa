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
            if case .steer(let target) = effect { giveBack(to: target) }
            return [effect]
        case .boot:
            return change(new, at: now) { $0.begin(at: now) }
        case .abandon:
            return change(new, at: now) { $0.end(at: now) }
        case .share:
            var numbering = numbering
            defer { self.numbering = numbering }
            return change(new, at: now) { $0.serve(numbering: &numbering, at: now) }
        case .cutOver:
            return moveUsers(from: deployment.predecessor, to: new, at: now)
        case .goBack(let isBad):
            let effects = deployment.predecessor.map { moveUsersBack(to: $0, at: now) } ?? []
            return effects + retire(new, at: now) + (isBad ? evacuate(new) : [])
        case .retireOld:
            return deployment.predecessor.map { retire($0, at: now) } ?? []
        case .drainNew:
            return drainNew(new, at: now)
        case .over(let outcome):
            return over(deployment, outcome)
        }
    }

    /// Who is steered to a generation is not passed on from there any more, whether the steering succeeds or not.
    private mutating func giveBack(to target: SteeringTarget) {
        for share in target.shares {
            if let index = index(of: share.generation) { generations[index].isEvacuated = false }
        }
    }

    private mutating func moveUsers(
        from old: GenerationNumber?, to new: GenerationNumber, at now: Instant
    ) -> [Effect] {
        // It served before somebody tried to take users back.
        guard serving != new else { return [] }
        serving = new
        var numbering = numbering
        defer { self.numbering = numbering }
        var effects = change(new, at: now) { $0.serve(numbering: &numbering, at: now) }
        if let old {
            effects += change(old, at: now) {
                $0.stayWarm(at: now)
                return .init()
            }
        }
        return effects
    }

    private mutating func moveUsersBack(to old: GenerationNumber, at now: Instant) -> [Effect] {
        serving = old
        var numbering = numbering
        defer { self.numbering = numbering }
        return change(old, at: now) { $0.serve(numbering: &numbering, at: now) }
    }

    private mutating func retire(_ number: GenerationNumber, at now: Instant) -> [Effect] {
        var numbering = numbering
        defer { self.numbering = numbering }
        return change(number, at: now) { $0.retire(numbering: &numbering, at: now) }
    }

    private mutating func drainNew(_ new: GenerationNumber, at now: Instant) -> [Effect] {
        if serving == new { serving = nil }
        return change(new, at: now) { $0.drain(at: now) }
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
