import DeployCore

extension SimulationWorld {
    /// What the world itself learns from an event on its way to the machine.
    func noteDelivery(of event: Event) {
        switch event {
        case .stop(_, now: true): isStoppedAtOnce = true
        case .saved(let number):
            saveInFlight = nil
            change(number) { $0.saves += 1 }
        case .saveFailed: saveInFlight = nil
        case .lanesOpened(let number):
            lanesOut += 1
            change(number) { $0.hasLanes = true }
        case .spawned(let worker, let identity): noteSpawned(worker, identity)
        case .spawnFailed(let worker, _): spawnsInFlight[worker] = nil
        case .ready(let worker, _):
            if let index = index(of: worker) {
                processes[index].saidReady = true
                let process = processes[index].slot.process
                change(processes[index].generation) {
                    if let process {
                        $0.announcedOthers[process, default: []].insert(worker)
                    } else {
                        $0.announced.insert(worker)
                    }
                }
            }
        case .exited(let worker, _): noteExit(worker)
        case .upgrades, .unfit: break
        case .probeSucceeded(let number):
            change(number) {
                $0.probeInFlight = false
                $0.probesInARow += 1
                if $0.probesInARow >= Self.policies.probe.count { $0.probed = true }
            }
            noteWatchProbe(number, failed: false)
        case .probeFailed(let number, _):
            change(number) {
                $0.probeInFlight = false
                $0.probesInARow = 0
            }
            noteWatchProbe(number, failed: true)
        case .tested(let number, let failure): noteTest(number, failed: failure != nil)
        case .steered(let target):
            noteSteered(target)
            failedSteering = nil
            if steeringInFlight == target { steeringInFlight = nil }
            steeredTo = Set(target.shares.map(\.generation))
            restingTarget = target
        case .steeringFailed(let target, _):
            steeringInFlight = nil
            failedSteering = target
        case .queueLength(let number, let length): noteQueue(number, length)
        case .promote: notePromotion()
        case .observed(let number, _, let seen): noteLook(number, seen)
        case .committed(let number):
            commitInFlight = nil
            change(number) { $0.committed = true }
        case .commitFailed(let number, _):
            commitInFlight = nil
            change(number) { $0.commitFailed = true }
        case .pulse(let worker, _): notePulse(worker)
        case .hook(let kind, let number, let news): noteHook(kind, number, news)
        case .lanesFailed, .extended, .measured, .tick, .deploy, .cancel, .undo, .abort, .scale, .stop, .configured:
            break
        }
    }

    private func noteSpawned(_ worker: WorkerNumber, _ identity: ProcessIdentity) {
        guard let generation = spawnsInFlight.removeValue(forKey: worker) else { return }
        let slot = machine.worker(worker)?.slot ?? Slot(0, of: nil)
        everSpawned.insert(worker)
        processes.append(
            SimulationProcess(
                worker: worker, generation: generation, slot: slot, identity: identity, spawnedAt: now))
    }

    func noteExit(_ worker: WorkerNumber) {
        guard let index = index(of: worker) else { return }
        let process = processes.remove(at: index)
        // Whoever is on its way out may go.
        if let known = machine.worker(worker), known.isLeaving || known.recycling != nil { return }
        let hasWayBack = hasWayBack(from: process.generation)
        change(process.generation) { $0.lose(worker, hasWayBack: hasWayBack) }
    }

    private func noteQueue(_ number: GenerationNumber, _ length: Int) {
        let now = now
        change(number) {
            $0.askInFlight = false
            $0.emptySince = length > 0 ? nil : $0.emptySince ?? now
        }
    }

    /// A generation that the last event brought about.
    func noteBirth() throws(SimulationViolation) {
        guard let newest = machine.generations.last?.number, index(of: newest) == nil else { return }
        for generation in machine.generations where index(of: generation.number) == nil {
            let last = generations.count
            try expect(generation.number.rawValue == last + 1, "generation \(generation.number) after \(last)")
            if machine.deployment?.kind == .restart, let old = machine.generation(machine.serving) {
                try expect(generation.plan.path == old.plan.path, "a restart starts another release")
            }
            generations.append(
                SimulationGeneration(
                    number: generation.number, plan: generation.plan, predecessor: machine.deployment?.predecessor,
                    wanted: generation.wanted))
            generations[last].isRollBack = machine.deployment?.kind == .rollback
        }
    }

    func change(_ number: GenerationNumber, _ body: (inout SimulationGeneration) -> Void) {
        guard let index = index(of: number) else { return }
        body(&generations[index])
        generations[index].judge()
    }

    func finish(_ request: RequestNumber?, _ outcome: Outcome) throws(SimulationViolation) {
        guard let request else { return }
        guard let count = finishes[request] else { throw SimulationViolation("nobody made request \(request)") }
        finishes[request] = count + 1
        try expect(count == 0, "request \(request) is answered twice")
        if case .committed(let number) = outcome {
            try expect(generations[try known(number)].committed, "generation \(number) is said to be committed")
        }
    }
}
