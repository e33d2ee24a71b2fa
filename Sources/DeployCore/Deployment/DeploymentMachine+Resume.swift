extension DeploymentMachine {
    /// The deploy as another master left it, without its client; nil: there is nothing to go on with. `hookSurvives`:
    /// something is left of the hook that was under way.
    init?(resuming durable: DurableDeployment, hookSurvives: Bool, policies: Policies, at now: Instant) {
        self.init(
            request: nil, kind: durable.kind, generation: durable.generation, plan: durable.plan, policies: policies,
            predecessor: durable.predecessor, from: durable.from, at: min(durable.startedAt, now))
        step = durable.step
        stepSince = min(durable.stepSince, now)
        durations = durable.durations
        warnings = durable.warnings
        switch durable.stage {
        case .saving: state = .saving
        case .preparing, .abandoning, .concluding:
            guard let hook = durable.hook else { return nil }
            resume(hook, survives: hookSurvives, at: now)
        case .booting: state = .booting
        case .probing: state = .probing
        case .savingCutOver: state = .savingCutOver
        case .steeringShare, .canary:
            // Who served alone does again, until the share is steered once more.
            guard predecessor != nil, let step = durable.canaryStep, step < plan.canary.count else { return nil }
            state = .steeringShare(Share(step: step, evidence: durable.evidence))
        case .steering: state = .steering(evidence: durable.evidence)
        // Nobody watched meanwhile.
        case .watching:
            state = .watching(
                WatchRun(
                    evidence, isProbed: plan.readiness.isProbed, old: predecessor ?? generation, until: now + watch,
                    at: now))
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
    ///
    /// - Parameters:
    ///   - newDrains: whether the new generation drains by now, since users may have met it all the same.
    ///   - newServes: whether users are steered to it.
    mutating func resume(lost: LostWorker?, newDrains: Bool, newServes: Bool, at now: Instant) -> [Order] {
        switch state {
        case .booting, .probing, .savingCutOver:
            return newDrains ? finish(.failed(.masterDied), at: now) : giveUp(.failed(.masterDied), at: now)
        case .saving:
            return giveUp(.failed(.masterDied), at: now)
        case .preparing, .abandoning:
            return endHook(at: now)
        case .concluding(let hook, _):
            // What never began is begun; what ended while nobody looked is over.
            return hook.state == .spawning ? hook.begin().map(Order.effect) : settle(hook, at: now)
        case .steeringShare(var share):
            if let reason = share.evidence ?? lost.map({ .exitedDuringWatch($0) }) ?? desertion {
                if ready.old, !mayStay(in: reason) { return goBack(reason, at: now) }
                share.evidence = reason
            }
            return steerShare(share)
        case .canary:
            fatalError("the deploy of generation \(generation) goes on with a canary that is not steered")
        case .steering(let evidence, _):
            if predecessor != nil, let reason = evidence ?? lost.map(exitedAtCutOver) ?? desertion {
                if ready.old, !mayStay(in: reason) { return goBack(reason, at: now) }
                state = .steering(evidence: reason)
            }
            return [.effect(.steer(.only(generation)))]
        case .watching(let run):
            let news = lost.map { speak(.exitedDuringWatch($0), at: now) } ?? []
            guard case .watching = state else { return news }
            return news + watch(run, at: now)
        case .committing:
            return [commit(at: now)]
        case .undoing(let undoing):
            guard newServes, isOnlyNewReady else { return steerBack() }
            return giveUpGoingBack(undoing.reason) + beginWatch(at: now)
        case .over:
            return []
        }
    }

    /// Puts the hook back that was under way. A before hook is ended, and what waits for its end is the giving up: two of
    /// them must never run at a time.
    private mutating func resume(_ durable: DurableHook, survives: Bool, at now: Instant) {
        let limit = plan.hooks[durable.kind] ?? .zero
        let hook = HookMachine(
            resuming: durable.kind, of: generation, survives ? durable.process : nil,
            hasBegun: durable.process != nil || durable.kind == .before, limit: limit, grace: grace, at: now)
        state =
            durable.kind == .before
            ? .abandoning(hook, durable.outcome ?? .failed(.masterDied))
            : .concluding(hook, durable.outcome ?? .failed(.masterDied))
    }

    /// With a canary it has served already.
    private func exitedAtCutOver(_ worker: LostWorker) -> Failure {
        plan.canary.isEmpty ? .exitedEarly(worker) : .exitedDuringWatch(worker)
    }
}
