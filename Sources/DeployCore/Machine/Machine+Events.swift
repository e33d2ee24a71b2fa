extension Machine {
    /// Carries an event to the machine that it concerns.
    mutating func dispatch(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .deploy(let request, let plan, let kind, let wait):
            return deploy(DeployWish(request: request, plan: plan, kind: kind), wait: wait, at: now)
        case .cancel(let request, let deploy): return cancel(request, deploy: deploy, at: now)
        case .undo(let request, let force): return undo(request, force: force, at: now)
        case .promote(let request): return order(.promote(request), request, at: now)
        case .abort(let request): return abort(request, at: now)
        case .scale(let request, let workers): return scale(request, workers: workers, at: now)
        case .stop(let request, let atOnce): return stop(request, atOnce: atOnce, at: now)
        case .configured(let policies):
            self.policies = policies
            return []
        case .saved(let number): return tell(.saved, about: number, at: now)
        case .saveFailed(let number, let reason): return tell(.saveFailed(reason: reason), about: number, at: now)
        case .committed(let number): return tell(.committed, about: number, at: now)
        case .commitFailed(let number, let reason): return tell(.commitFailed(reason: reason), about: number, at: now)
        case .hook(let kind, let number, let news): return tell(.hook(kind, news), about: number, at: now)
        case .steered(let target): return steered(target, .steered, at: now)
        case .steeringFailed(let target, let reason):
            return steered(target, .steeringFailed(reason: reason), at: now)
        case .probeSucceeded(let number):
            return heard(event, at: now) + tell(.probed(failure: nil), about: number, at: now)
        case .probeFailed(let number, let failure):
            return heard(event, at: now) + tell(.probed(failure: failure.text), about: number, at: now)
        case .spawnFailed(let worker, let reason), .exited(let worker, .notLaunched(let reason)):
            return heard(event, at: now) + giveUpScaling(for: worker, reason: reason, at: now)
        case .lanesOpened, .lanesFailed, .queueLength, .measured, .spawned, .ready, .unfit, .extended, .pulse,
            .upgrades, .exited:
            return heard(event, at: now)
        case .observed(let number, let old, let seen):
            guard deployment?.predecessor == old else { return [] }
            return tell(.observed(seen), about: number, at: now)
        case .tested(let number, let failure): return tell(.tested(failure: failure), about: number, at: now)
        case .tick: return tick(at: now)
        }
    }

    /// Lets the generation hear what is about it.
    private mutating func heard(_ event: Event, at now: Instant) -> [Effect] {
        guard let (number, step) = lineage.hear(event, at: now) else { return [] }
        return carryNews(of: number, step, at: now)
    }

    private mutating func steered(
        _ target: SteeringTarget, _ input: DeployInput, at now: Instant
    ) -> [Effect] {
        // An answer to a steering that nobody waits for any more says nothing.
        guard let deployment, deployment.awaitedTarget == target else { return [] }
        return tell(input, about: deployment.generation, at: now)
    }

    private mutating func tick(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        // What a worker's silence says is heard before its watch ends.
        for number in generations.map(\.number) {
            effects += change(number, at: now) { $0.tick(numbering: &$1, at: now) }
        }
        if let deployment { effects += tell(.tick, about: deployment.generation, at: now) }
        return effects
    }

    /// Lets a generation move, and carries its news to its deploy.
    mutating func change(
        _ number: GenerationNumber, at now: Instant,
        _ transition: (inout GenerationMachine, inout Numbering) -> GenerationStep
    ) -> [Effect] {
        carryNews(of: number, lineage.change(number, transition), at: now)
    }

    private mutating func carryNews(
        of number: GenerationNumber, _ step: GenerationStep, at now: Instant
    ) -> [Effect] {
        step.news.reduce(into: step.effects) { effects, news in
            effects += tell(.generation(news), about: number, at: now)
        }
    }

    /// Tells the deploy under way, if it is this generation's, and carries out its orders.
    mutating func tell(
        _ input: DeployInput, about number: GenerationNumber, at now: Instant
    ) -> [Effect] {
        guard deployment?.generation == number else { return [] }
        let ready = whoIsReady(at: now)
        guard let orders = deployment?.handle(input, ready: ready, at: now) else { return [] }
        return carryOut(orders, at: now)
    }
}
