extension DeploymentMachine {
    /// The deploy as another master left it, without its client; nil: there is nothing to go on with.
    init?(resuming durable: DurableDeployment, policies: Policies, at now: Instant) {
        self.init(
            request: nil, kind: durable.kind, generation: durable.generation, plan: durable.plan, policies: policies,
            predecessor: durable.predecessor, from: durable.from, at: min(durable.startedAt, now))
        step = durable.step
        stepSince = min(durable.stepSince, now)
        durations = durable.durations
        warnings = durable.warnings
        switch durable.stage {
        case .saving: state = .saving
        case .booting: state = .booting
        case .probing: state = .probing
        case .savingCutOver: state = .savingCutOver
        case .steering: state = .steering(evidence: durable.evidence)
        // Nobody watched meanwhile.
        case .watching:
            guard let predecessor else { return nil }
            state = .watching(
                WatchRun(
                    evidence, isProbed: plan.readiness.isProbed, old: predecessor, until: now + watch, at: now))
        case .committing: state = .committing(retryAt: nil)
        case .undoing:
            guard predecessor != nil else { return nil }
            _ = goBack(durable.evidence ?? .masterDied, at: now)
        case .over: return nil
        }
    }

    /// The orders with which it goes on. `lost` is a worker of the new generation that died unobserved, after it had been
    /// ready, while the old generation still has one.
    ///
    /// Before the cut-over it is given up: to boot and prove the release anew is a new deploy. From then on the release is
    /// proven and the intent on disk, so the deploy goes the way it was going.
    mutating func resume(lost: LostWorker?, at now: Instant) -> [Order] {
        switch state {
        case .saving, .booting, .probing, .savingCutOver:
            return giveUp(.failed(.masterDied), at: now)
        case .steering(let evidence):
            if predecessor != nil, let reason = evidence ?? lost.map({ .exitedEarly($0) }) {
                guard mayStay(in: reason) else { return goBack(reason, at: now) }
                state = .steering(evidence: reason)
            }
            return [.effect(.steer(.only(generation)))]
        case .watching(let run):
            let news = lost.map { speak(.exitedDuringWatch($0), at: now) } ?? []
            return isUndoing ? news : news + watch(run, at: now)
        case .committing:
            return [commit(at: now)]
        case .undoing:
            return steerBack()
        case .over:
            return []
        }
    }
}
