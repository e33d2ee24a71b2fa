@testable import DeployCore

/// Where in the handling of an event the master is killed.
enum SimulationDeath: Equatable {
    /// The event was handled, and nobody will ever know.
    case beforeSave
    /// The state was saved, and so many effects were performed.
    case afterEffects(Int)
}

extension SimulationWorld {
    /// Whether the master dies of this event, which has so many effects.
    func drawDeath(effects: Int) -> SimulationDeath? {
        // The shortest steps are over before a master dies in them, unless it dies more often.
        let isSteering = saved.deployment?.stage == .steering
        guard random.chance(isSteering ? deathRate * 3 : deathRate) else { return nil }
        let place = random.number(below: effects + 2)
        return place == 0 ? .beforeSave : .afterEffects(place - 1)
    }

    /// Performs the effects, or the first of them. True: the master died.
    func perform(_ effects: [Effect], until death: SimulationDeath?) throws(SimulationViolation) -> Bool {
        effectsInHand = effects
        for (index, effect) in effects.enumerated() {
            if death == .afterEffects(index) { return true }
            try perform(effect)
        }
        return death == .afterEffects(effects.count) && exitCode == nil
    }

    /// The world without a master, for a while. What was on its way to it is lost; what had been done is done.
    func mourn() {
        life += 1
        let unheard = pending
        observed = []
        pending = []
        now = now + random.delay(upTo: .seconds(3))
        for event in unheard { lose(event) }
        mournHook()
        saveInFlight = nil
        steeringInFlight = nil
        restingTarget = nil
        undoingUntil = nil
        commitInFlight = nil
        spawnsInFlight = [:]
        // The clients see their connections break.
        finishes = finishes.filter { $0.value > 0 }
        for index in generations.indices {
            generations[index].probeInFlight = false
            generations[index].askInFlight = false
            generations[index].testInFlight = false
            generations[index].isEvacuated = false
        }
        endWorkers()
        for index in processes.indices { forgetSignals(index) }
        beatOn()
        forgive()
    }

    private func lose(_ lost: Pending) {
        switch lost.event {
        case .lanesOpened(let number):
            guard random.chance(50) else { return }
            lanesOut += 1
            change(number) { $0.hasLanes = true }
        case .committed(let number):
            if random.chance(50) { change(number) { $0.committed = true } }
        case .spawned(let worker, _):
            everSpawned.insert(worker)
        case .exited(let worker, _):
            if lost.at <= now { noteExit(worker) } else { pending.append(lost) }
        case .ready(let worker, _):
            // It is not said again.
            guard lost.at <= now else { return pending.append(lost) }
            if let index = index(of: worker) { processes[index].saidReady = true }
        case .hook(let kind, let number, let news):
            guard case .ended = news else { return }
            if lost.at <= now { noteHook(kind, number, news) } else { pending.append(lost) }
        case .saved, .saveFailed, .lanesFailed, .spawnFailed, .probeSucceeded, .probeFailed, .steered, .steeringFailed,
            .queueLength, .observed, .measured, .tested, .commitFailed, .unfit, .extended, .pulse, .upgrades, .tick,
            .deploy,
            .cancel,
            .undo,
            .promote, .abort, .scale, .stop, .configured:
            break
        }
    }

    /// Launch steps without an order end by themselves, at once or a little later; others may be killed meanwhile.
    private func endWorkers() {
        let known = Set(saved.generations.flatMap(\.workers).filter { $0.process != nil }.map(\.number))
        let all = random.chance(trouble / 5)
        for process in processes {
            let isLate = known.contains(process.worker) && random.chance(50)
            if process.launched ? all || random.chance(trouble / 5) : !isLate {
                noteExit(process.worker)
                pending.removeAll { if case .exited(process.worker, _) = $0.event { true } else { false } }
            }
        }
        for index in processes.indices where !processes[index].launched && !processes[index].isOrphan {
            processes[index].isOrphan = true
            end(index, .unobserved, after: random.delay(upTo: .milliseconds(100)))
        }
    }

    private func forgetSignals(_ index: Int) {
        let worker = saved.generations.flatMap(\.workers).first { $0.number == processes[index].worker }
        switch worker?.stage {
        case .draining:
            let last = worker.flatMap { worker in worker.drain?.last(for: worker.level) ?? worker.deadline }
            processes[index].drainUntil = processes[index].drainUntil ?? last
            // That it was told is in the state, whether it still came to that or not; what it may do later goes by this.
            processes[index].told = processes[index].told ?? worker?.drain
        case .terminating: processes[index].wasTerminated = true
        case .killed: processes[index].isCondemned = true
        case .waiting, .spawning, .unwanted, .starting, .ready, .gone, nil: break
        }
        if processes[index].terminatedAt != nil { processes[index].wasTerminated = true }
        processes[index].terminatedAt = nil
    }

    /// What a new master cannot hold against a generation: see `DeploymentMachine.resume`.
    private func forgive() {
        guard let deployment = saved.deployment else { return }
        let new = saved.generations.first { $0.number == deployment.generation }
        let old = saved.generations.first { $0.number == deployment.predecessor }
        let canGoBack =
            old?.workers.contains { worker in
                worker.slot.isWeb && (worker.stage == .ready || worker.stage == .starting)
                    && worker.restarts == 0 && !worker.isLeaving && index(of: worker.number) != nil
            } ?? false
        let isForgiven = !canGoBack || deployment.stage == .committing
        let now = now
        change(deployment.generation) { book in
            if isForgiven {
                book.evidence = []
                book.guilt = []
                book.isExcused = true
            }
            // What had not been ready may have been a launch step without an order.
            for worker in new?.workers ?? [] where worker.stage != .ready {
                book.evidence.remove(worker.number)
                book.guilt.remove(worker.number)
            }
            if deployment.canaryStep != nil { book.isPromoted = false }
            if deployment.stage == .watching { book.beginWatch(at: now) }
            if deployment.stage == .committing { book.commitWasOrdered = true }
        }
    }
}
