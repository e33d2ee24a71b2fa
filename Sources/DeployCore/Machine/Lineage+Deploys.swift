// The beginning of a deploy, while none is under way.
extension Lineage {
    /// Begins a deploy: with the generation that is still warm, if a roll-back leads there, else with a new one. What else
    /// is warm retires: from now on the way back leads to what serves.
    ///
    /// - Parameter workers: how many web workers the operator wants; nil: as many as the release says.
    mutating func begin(
        _ wish: DeployWish, _ policies: Policies, workers: Int?, at now: Instant
    ) -> (deploy: Deploy, effects: [Effect]) {
        let warm = wish.kind == .rollback ? warm(wish.plan.path, at: now) : nil
        var effects: [Effect] = []
        for generation in generations where generation.warmUntil != nil && generation.number != warm?.number {
            effects += change(generation.number) { $0.retire(numbering: &$1, at: now) }.effects
        }
        guard let warm, let end = warm.warmUntil else {
            return (boot(wish, policies, workers: workers, at: now), effects)
        }
        effects +=
            change(warm.number) {
                $0.prepareReturn(workers: workers ?? warm.plan.workers, numbering: &$1, at: now)
            }.effects
        var deploy = deploy(wish, warm.plan.forAllAtOnce, warm.number, policies, at: now)
        deploy.returns(end)
        return (deploy, effects)
    }

    /// A generation of the release that can serve again at once.
    private func warm(_ path: String, at now: Instant) -> GenerationMachine? {
        generations.last { $0.warmUntil != nil && $0.plan.path == path && $0.mayServe(at: now) }
    }

    private mutating func boot(_ wish: DeployWish, _ policies: Policies, workers: Int?, at now: Instant) -> Deploy {
        // A restart that had to wait restarts what serves now.
        let plan = wish.kind == .restart ? wish.plan.again(self[serving]?.plan) : wish.plan
        return deploy(wish, plan, add(plan, policies, workers: workers, at: now), policies, at: now)
    }

    private func deploy(
        _ wish: DeployWish, _ plan: ReleasePlan, _ number: GenerationNumber, _ policies: Policies, at now: Instant
    ) -> Deploy {
        Deploy(
            request: wish.request, kind: wish.kind, generation: number, plan: plan, policies: policies,
            predecessor: self[serving]?.number, from: self[serving]?.plan.path, at: now)
    }
}
