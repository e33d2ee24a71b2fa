extension Machine {
    mutating func deploy(_ wish: DeployWish, wait: Bool, at now: Instant) -> [Effect] {
        guard phase == .running else { return [.finish(wish.request, .refused(.stopping))] }
        guard let deployment else {
            return hasRoom(for: wish) ? begin(wish, at: now) : waitForRoom(wish, wait: wait, at: now)
        }
        guard wait || deployment.isBrief else {
            return [.finish(wish.request, .refused(.busy(deployment.generation)))]
        }
        let places = deployment.isBrief ? max(1, policies.maxQueued) : policies.maxQueued
        if let refusal = queue.refusal(places: places) { return [.finish(wish.request, .refused(refusal))] }
        let queued = queue.add(wish)
        // Who goes back is in a hurry.
        let isUrgent = deployment.isConcluding && wish.kind == .rollback
        return [queued] + (isUrgent ? tell(.cancel, about: deployment.generation, at: now) : [])
    }

    /// Whether another generation may come to drain. Nobody who drains is cut short for a deploy, so a deploy is what has to
    /// wait; who goes back is in a hurry, and does not.
    func hasRoom(for wish: DeployWish) -> Bool {
        switch wish.kind {
        case .start, .rollback: true
        case .deploy, .restart: lineage.leavingCount < max(1, policies.maxDraining)
        }
    }

    private mutating func waitForRoom(_ wish: DeployWish, wait: Bool, at now: Instant) -> [Effect] {
        let crowd = lineage.crowd(at: now)
        guard wait else { return [.finish(wish.request, .refused(.tooManyDrain(crowd)))] }
        if let refusal = queue.refusal(places: max(1, policies.maxQueued)) {
            return [.finish(wish.request, .refused(refusal))]
        }
        return [queue.add(wish), .report(wish.request, .note(.waitsForRoom(crowd)))]
    }

    mutating func begin(_ wish: DeployWish, at now: Instant) -> [Effect] {
        let (deploy, effects) = lineage.begin(wish, policies, workers: scaling.workers, at: now)
        var new = DeploymentMachine(deploy)
        let orders = new.begin()
        deployment = new
        return effects + carryOut(orders, at: now)
    }

    mutating func cancel(_ request: RequestNumber?, deploy: RequestNumber?, at now: Instant) -> [Effect] {
        if let deploy, queue.remove(deploy) {
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
        return effects + queue.reminder(of: effects, for: request)
    }

    /// Ends a canary by going back.
    mutating func abort(_ request: RequestNumber?, at now: Instant) -> [Effect] {
        let effects = order(.abort(request), request, at: now)
        return effects + queue.reminder(of: effects, for: request)
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
        let superseded = scaling.begin(
            request, workers: workers, of: generation, until: now + policies.readyTimeout)
        return superseded + want(workers, of: number, at: now)
    }

    private mutating func want(_ workers: Int, of number: GenerationNumber, at now: Instant) -> [Effect] {
        change(number, at: now) {
            $0.pool.wanted = workers
            return .init(effects: $0.adjust(numbering: &$1, at: now))
        }
    }

    /// A worker could not be started for which scaling waits: more are not to be had, and the number of before holds again.
    /// (A deploy that has begun meanwhile does not find the generation changed to which it may go back.)
    mutating func giveUpScaling(for worker: WorkerNumber, reason: String, at now: Instant) -> [Effect] {
        guard deployment == nil, let serving = generation(serving),
            let (wanted, told) = scaling.giveUp(for: worker, of: serving, reason: reason)
        else { return [] }
        return want(wanted, of: serving.number, at: now) + [told]
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
            effects += queue.refuseAll()
            if let deployment { effects += tell(.stop, about: deployment.generation, at: now) }
        } else if let deployment, deployment.isConcluding {
            effects += tell(.stop, about: deployment.generation, at: now)
        }
        let limit = policies.stopTimeout.map { now + $0 }
        for number in generations.map(\.number) {
            effects += change(number, at: now) { generation, _ in
                atOnce ? generation.end(at: now) : generation.stop(by: limit, metUsers: number == metUsers, at: now)
            }
        }
        return effects
    }
}
