extension Machine {
    mutating func deploy(_ wish: Queued, wait: Bool, at now: Instant) -> [Effect] {
        guard phase == .running else { return [.finish(wish.request, .refused(.stopping))] }
        guard let deployment else {
            return hasRoom(for: wish) ? begin(wish, at: now) : waitForRoom(wish, wait: wait, at: now)
        }
        guard wait || deployment.isBrief else {
            return [.finish(wish.request, .refused(.busy(deployment.generation)))]
        }
        let places = deployment.isBrief ? max(1, policies.maxQueued) : policies.maxQueued
        guard queue.count < places else { return [.finish(wish.request, .refused(.queueFull(limit: places)))] }
        queue.append(wish)
        let queued = Effect.report(wish.request, .queued(behind: queue.count))
        // Who goes back is in a hurry.
        let isUrgent = deployment.isConcluding && wish.kind == .rollback
        return [queued] + (isUrgent ? tell(.cancel, about: deployment.generation, at: now) : [])
    }

    /// Whether another generation may come to drain. Nobody who drains is cut short for a deploy, so a deploy is what has to
    /// wait; who goes back is in a hurry, and does not.
    func hasRoom(for wish: Queued) -> Bool {
        switch wish.kind {
        case .start, .rollback: true
        case .deploy, .restart: leaving.count < max(1, policies.maxDraining)
        }
    }

    /// Generations that lost their users and finish what they have.
    private var leaving: [GenerationMachine] { generations.filter { $0.stage == .retiring || $0.stage == .draining } }

    /// Who leaves, and when the first of them is gone.
    ///
    /// - Parameter hasUpgrades: whether a generation may have upgraded connections, as far as its workers count them.
    package func crowd(at now: Instant, hasUpgrades: (GenerationNumber) -> Bool = { _ in true }) -> Crowd {
        let ends = leaving.compactMap { $0.drainsUntil(hasUpgrades: hasUpgrades($0.number)) }
        return Crowd(count: leaving.count, first: ends.min().map { max(.zero, $0 - now) })
    }

    private mutating func waitForRoom(_ wish: Queued, wait: Bool, at now: Instant) -> [Effect] {
        let crowd = crowd(at: now)
        guard wait else { return [.finish(wish.request, .refused(.tooManyDrain(crowd)))] }
        guard queue.count < max(1, policies.maxQueued) else {
            return [.finish(wish.request, .refused(.queueFull(limit: policies.maxQueued)))]
        }
        queue.append(wish)
        return [
            .report(wish.request, .queued(behind: queue.count)), .report(wish.request, .note(.waitsForRoom(crowd))),
        ]
    }

    /// A new generation, and the deploy that brings it to serve.
    mutating func begin(_ wish: Queued, at now: Instant) -> [Effect] {
        let old = generation(serving)
        // A restart that had to wait restarts what serves now.
        let plan = wish.kind == .restart ? planForRestart(wish.plan, of: old) : wish.plan
        let number = numbering.generation()
        generations.append(
            GenerationMachine(
                number: number, plan: plan, policies: policies, workers: scaledWorkers ?? plan.workers, at: now))
        var new = DeploymentMachine(
            Deploy(
                request: wish.request, kind: wish.kind, generation: number, plan: plan, policies: policies,
                predecessor: old?.number, from: old?.plan.path, at: now))
        let orders = new.begin()
        deployment = new
        return carryOut(orders, at: now)
    }

    private func planForRestart(_ plan: ReleasePlan, of old: GenerationMachine?) -> ReleasePlan {
        guard let old, old.plan.path != plan.path else { return plan }
        var present = old.plan
        // The same again is for all users at once.
        present.canary = []
        return present
    }

    mutating func cancel(_ request: RequestNumber?, deploy: RequestNumber?, at now: Instant) -> [Effect] {
        if let deploy, let index = queue.firstIndex(where: { $0.request == deploy }) {
            queue.remove(at: index)
            return [.finish(deploy, .cancelled), .finish(request, .done)]
        }
        guard let deployment, deploy == nil || deployment.request == deploy else {
            return [.finish(request, .refused(.nothingToCancel))]
        }
        guard deployment.canCancel || deployment.isConcluding else {
            return [.finish(request, .refused(.tooLate(deployment.generation)))]
        }
        return tell(.cancel, about: deployment.generation, at: now) + [.finish(request, .done)]
    }

    mutating func undo(_ request: RequestNumber?, force: Bool, at now: Instant) -> [Effect] {
        guard let deployment else { return [.finish(request, .refused(.nothingToUndo))] }
        let effects = tell(.undo(request, force: force), about: deployment.generation, at: now)
        return effects + tellOfQueue(request, effects)
    }

    /// Ends a canary by going back.
    mutating func abort(_ request: RequestNumber?, at now: Instant) -> [Effect] {
        let effects = order(.abort(request), request, at: now)
        return effects + tellOfQueue(request, effects)
    }

    /// What waits begins as soon as the deploy under way has been taken back, which may surprise who does so.
    private func tellOfQueue(_ request: RequestNumber?, _ effects: [Effect]) -> [Effect] {
        let isRefused = effects.contains { if case .finish(request, .refused) = $0 { true } else { false } }
        guard !isRefused, let next = queue.first else { return [] }
        return [.report(request, .note(.deployWaits(label: next.plan.label)))]
    }

    /// Carries what an operator wants of a canary to its deploy.
    mutating func order(
        _ input: DeployInput, _ request: RequestNumber?, at now: Instant
    ) -> [Effect] {
        guard let deployment else { return [.finish(request, .refused(.noCanary))] }
        return tell(input, about: deployment.generation, at: now)
    }

    mutating func scale(_ request: RequestNumber?, workers: Int, at now: Instant) -> [Effect] {
        if let refusal = refusalToScale(to: workers) { return [.finish(request, .refused(refusal))] }
        guard let number = serving, let generation = generation(number) else {
            return [.finish(request, .refused(.nothingServes))]
        }
        let superseded = scaling.map { [Effect.finish($0.request, .refused(.superseded))] } ?? []
        // One that was not done yet is nothing to go back to.
        scaling = Scaling(
            request: request, deadline: now + policies.readyTimeout,
            scaledBefore: scaling.map(\.scaledBefore) ?? scaledWorkers,
            wantedBefore: scaling?.wantedBefore ?? generation.wanted)
        scaledWorkers = workers
        var numbering = numbering
        defer { self.numbering = numbering }
        let effects = change(number, at: now) {
            $0.pool.wanted = workers
            return .init(effects: $0.adjust(numbering: &numbering, at: now))
        }
        return superseded + effects
    }

    /// A worker could not be started for which scaling waits: more are not to be had, and the number of before holds again.
    /// (A deploy that has begun meanwhile does not find the generation changed to which it may go back.)
    mutating func giveUpScaling(for worker: WorkerNumber, reason: String, at now: Instant) -> [Effect] {
        guard deployment == nil, let waiting = scaling, let number = serving, let generation = generation(number),
            let failed = generation.worker(worker), failed.slot.isWeb, !failed.isLeaving,
            generation.wanted > waiting.wantedBefore
        else { return [] }
        scaling = nil
        scaledWorkers = waiting.scaledBefore
        var numbering = numbering
        defer { self.numbering = numbering }
        let effects = change(number, at: now) {
            $0.pool.wanted = waiting.wantedBefore
            return .init(effects: $0.adjust(numbering: &numbering, at: now))
        }
        let failure = Failure.notSpawned(slot: failed.slot, reason: reason)
        return effects + [.finish(waiting.request, .failed(failure))]
    }

    private func refusalToScale(to workers: Int) -> Refusal? {
        let range = 1...max(1, policies.maxWorkers)
        if phase != .running { return .stopping }
        if let deployment { return .busy(deployment.generation) }
        return range.contains(workers) ? nil : .workersOutOfRange(range)
    }

    mutating func stop(_ request: RequestNumber?, atOnce: Bool, at now: Instant) -> [Effect] {
        stopRequests.append(request)
        var effects: [Effect] = []
        var metUsers: GenerationNumber?
        if phase == .running {
            phase = .stopping(code: 0)
            metUsers = deployment.flatMap { $0.canCancel ? nil : $0.generation }
            effects += queue.map { .finish($0.request, .refused(.stopping)) }
            queue = []
            if let deployment { effects += tell(.stop, about: deployment.generation, at: now) }
        } else if let deployment, deployment.isConcluding {
            effects += tell(.stop, about: deployment.generation, at: now)
        }
        let limit = policies.stopTimeout.map { now + $0 }
        for number in generations.map(\.number) {
            effects += change(number, at: now) {
                atOnce ? $0.end(at: now) : $0.stop(by: limit, metUsers: number == metUsers, at: now)
            }
        }
        return effects
    }
}
