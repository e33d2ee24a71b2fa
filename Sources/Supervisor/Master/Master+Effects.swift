internal import DeployCore
internal import Handoff
internal import Linux

extension Master {
    /// Does what the machine wants done; what comes of it goes back as an event.
    func perform(_ effect: Effect) {
        switch effect {
        case .save(let generation):
            // Before the boot the disk is waited for. At the cut-over users' connections are: what is written then is for
            // a master that follows on the same boot.
            let failure = save(synchronously: machine.deployment?.stage == .saving)
            feed(failure.map { .saveFailed(generation, reason: $0.description) } ?? .saved(generation))
        case .openLanes(let generation): openLanes(generation)
        case .releaseLanes(let generation): releaseLanes(generation)
        case .spawn(let worker, let generation, let slot): spawn(worker, generation, slot)
        case .launch(let worker): launch(worker)
        case .spawnHook(let kind, let generation):
            feed(commands.spawnHook(kind, generation, runnable(generation)?.hooks[kind.rawValue]))
        case .launchHook(let kind, let generation): launchHook(kind, generation)
        case .terminateHook: commands.signalHook(.term)
        case .killHook: commands.signalHook(.kill)
        case .drain(let worker, let deadlines): drain(worker, deadlines)
        case .askUpgrades(let worker):
            feed(.upgrades(worker, workers[worker]?.counters().map { Int(clamping: $0[.upgraded]) }))
        case .terminate(let worker):
            let owner = machine.generation(workers[worker]?.generation)
            if let owner, owner.state == .ending { probes.drop(of: owner.number) }
            signal(worker, .term)
        case .abort(let worker): signal(worker, .abrt)
        case .kill(let worker): kill(worker)
        case .probe(let generation): probe(generation)
        case .steer(let target): steer(target)
        case .askQueue(let generation):
            feed(.queueLength(generation, listeners.queue(of: generation)))
        case .evacuate(let generation): listeners.evacuate(generation)
        case .measure(let generation): measure(generation)
        case .observe(let new, let old): observe(new: new, old: old)
        case .test(let generation): test(generation)
        case .commit(let entry): commit(entry)
        case .record(let entry): record(entry)
        case .recordHook(let entry, let kind, let failure): recordHook(entry, kind, failure)
        case .prune: prune()
        case .report(let request, let progress): report(request, progress)
        case .finish(let request, let outcome): finish(request, outcome)
        case .exit(let code):
            for left in remains { left.kill() }
            exitCode = Int32(code)
        }
    }

    private func openLanes(_ generation: GenerationNumber) {
        do { try groups.prepare(generation, runnable(generation)?.groupLimits) } catch {
            return feed(.lanesFailed(generation, reason: "its control group: \(error.explained)"))
        }
        do { try openProcessSockets(of: generation) } catch {
            processSockets.release(generation)
            return feed(.lanesFailed(generation, reason: "the sockets of its processes: \(error.explained)"))
        }
        do throws(LaneFailure) {
            let inherit = runnable(generation)?.inherit(Slot(1))
            try listeners.open(for: generation, isBlocking: inherit?.wantsBlocking == true)
        } catch {
            processSockets.release(generation)
            let what = "\(error.address): \(error.error.call): \(error.error.errno.explained)"
            return feed(.lanesFailed(generation, reason: what))
        }
        _ = runnable(generation)
        releases[generation]?.listeners = listeners.current.map(\.setting.name)
        openHandover(of: generation)
        feed(.lanesOpened(generation))
    }

    private func releaseLanes(_ generation: GenerationNumber) {
        probes.forget(generation)
        listeners.stragglers.take(of: generation, listeners.all)
        tellGone(generation)
        listeners.release(generation)
        releaseHandover(of: generation)
        processSockets.release(generation)
        removeCondemned()
        logs.close(generation)
        memoryKills.forget(generation)
        // Its deploy may still want to run a hook of it.
        if machine.deployment?.generation != generation { releases[generation] = nil }
        groups.end(allBut: Set(machine.generations.map(\.number)).subtracting([generation]))
        listeners.sweep()
    }

    private func steer(_ target: SteeringTarget) {
        do throws(LaneFailure) { try listeners.steer(to: target) } catch {
            return feed(.steeringFailed(target, reason: "\(error.address): \(error.error)"))
        }
        // What could not be steered, and is no reason to fail, is told to who deploys.
        for trouble in listeners.current.compactMap(\.trouble) {
            let advice = trouble.advice.isEmpty ? "" : "; \(trouble.advice)"
            send(.note("\(trouble.text)\(advice)"), to: requests[machine.deployment?.request]?.client)
        }
        feed(.steered(target))
    }

    private func probe(_ generation: GenerationNumber) {
        guard let release = runnable(generation), let policy = machine.generation(generation)?.policies.probe else {
            return
        }
        let places = lanes(of: generation).enumerated().map { index, own in
            (own.listener, WorkerEnvironment.firstListener + CInt(index))
        }
        feed(probes.begin(generation, at: places, release, limit: policy.attemptTimeout))
    }

    private func measure(_ generation: GenerationNumber) {
        let own = workers.filter { $0.value.generation == generation }
        let bytes = Sessions.residentBytes(of: own.values.map(\.pid))
        feed(.measured(generation, own.compactMapValues { bytes[$0.pid] }))
    }

    /// The release that a generation runs; for a new one, the release of the deploy that started it.
    func runnable(_ generation: GenerationNumber) -> RunnableRelease? {
        if let known = releases[generation] { return known }
        let underWay = machine.deployment.flatMap { $0.generation == generation ? $0.plan : nil }
        guard let plan = machine.generation(generation)?.plan ?? underWay else { return nil }
        let asked = machine.deployment.flatMap { requests[$0.request]?.release }
        // A restart that stood in the queue starts what serves when its turn comes.
        let found = ([asked].compactMap { $0 } + Array(releases.values)).first { $0.path == plan.path }
        releases[generation] = found
        return found
    }
}
