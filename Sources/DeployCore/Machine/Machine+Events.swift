extension Machine {
    /// Carries an event to the machine that it concerns.
    mutating func dispatch(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .deploy(let request, let plan, let kind, let wait):
            return deploy(Queued(request: request, plan: plan, kind: kind), wait: wait, at: now)
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
        case .lanesOpened, .lanesFailed, .probeSucceeded, .probeFailed, .queueLength, .measured:
            return generationEvent(event, at: now)
        case .observed(let number, let old, let seen):
            guard deployment?.predecessor == old else { return [] }
            return tell(.observed(seen), about: number, at: now)
        case .tested(let number, let failure): return tell(.tested(failure: failure), about: number, at: now)
        case .spawnFailed(let worker, let reason):
            return workerEvent(event, at: now) + giveUpScaling(for: worker, reason: reason, at: now)
        case .spawned, .ready, .extended, .pulse, .upgrades, .exited:
            return workerEvent(event, at: now)
        case .tick: return tick(at: now)
        }
    }

    private mutating func generationEvent(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .lanesOpened(let number):
            var numbering = numbering
            defer { self.numbering = numbering }
            return change(number, at: now) { $0.lanesAnswered(numbering: &numbering, at: now) }
        case .lanesFailed(let number, let reason):
            var numbering = numbering
            defer { self.numbering = numbering }
            return change(number, at: now) { $0.lanesAnswered(failure: reason, numbering: &numbering, at: now) }
        case .probeSucceeded(let number):
            return change(number, at: now) { $0.prove(at: now) { $0.probeSucceeded($1) } }
                + tell(.probed(failure: nil), about: number, at: now)
        case .probeFailed(let number, let failure):
            return change(number, at: now) { $0.prove(at: now) { $0.probeFailed(failure, $1, at: now) } }
                + tell(.probed(failure: failure.text), about: number, at: now)
        case .queueLength(let number, let length):
            return change(number, at: now) { $0.queueLength(length, at: now) }
        case .measured(let number, let bytes):
            var numbering = numbering
            defer { self.numbering = numbering }
            return change(number, at: now) { $0.measured(bytes, numbering: &numbering, at: now) }
        case .deploy, .cancel, .undo, .promote, .abort, .scale, .stop, .configured, .saved, .saveFailed, .committed,
            .commitFailed, .hook, .steered, .steeringFailed, .observed, .tested, .spawned, .spawnFailed, .ready,
            .extended, .pulse, .upgrades, .exited, .tick:
            return []
        }
    }

    private mutating func workerEvent(_ event: Event, at now: Instant) -> [Effect] {
        var numbering = numbering
        defer { self.numbering = numbering }
        switch event {
        case .spawned(let number, let process):
            return change(of: number, at: now) { $0.spawned(number, process, numbering: &numbering, at: now) }
        case .spawnFailed(let number, let reason):
            return change(of: number, at: now) { $0.spawnFailed(number, reason: reason, at: now) }
        case .ready(let number, let level):
            return change(of: number, at: now) { $0.ready(number, level: level, numbering: &numbering, at: now) }
        case .extended(let number, let duration):
            return change(of: number, at: now) {
                $0.extended(number, by: duration, at: now)
                return .init()
            }
        case .pulse(let number, let pulse):
            return change(of: number, at: now) { $0.pulse(number, pulse, at: now) }
        case .upgrades(let number, let count):
            return change(of: number, at: now) { $0.upgrades(number, count, at: now) }
        case .exited(let number, let end):
            return change(of: number, at: now) { $0.exited(number, end, numbering: &numbering, at: now) }
        case .deploy, .cancel, .undo, .promote, .abort, .scale, .stop, .configured, .saved, .saveFailed, .committed,
            .commitFailed, .hook, .steered, .steeringFailed, .lanesOpened, .lanesFailed, .probeSucceeded, .probeFailed,
            .queueLength, .measured, .observed, .tested, .tick:
            return []
        }
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
            var numbering = numbering
            effects += change(number, at: now) { $0.tick(numbering: &numbering, at: now) }
            self.numbering = numbering
        }
        if let deployment { effects += tell(.tick, about: deployment.generation, at: now) }
        return effects
    }

    /// Lets a generation move, and carries its news to its deploy.
    mutating func change(
        _ number: GenerationNumber, at now: Instant, _ transition: (inout GenerationMachine) -> GenerationStep
    ) -> [Effect] {
        guard let index = index(of: number) else { return [] }
        let step = transition(&generations[index])
        return step.news.reduce(into: step.effects) { effects, news in
            effects += tell(.generation(news), about: number, at: now)
        }
    }

    private mutating func change(
        of worker: WorkerNumber, at now: Instant, _ transition: (inout GenerationMachine) -> GenerationStep
    ) -> [Effect] {
        owner(of: worker).map { change(generations[$0].number, at: now, transition) } ?? []
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
