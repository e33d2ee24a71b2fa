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
        case .spawnHook(let kind, let generation): spawnHook(kind, generation)
        case .launchHook(let kind, let generation): launchHook(kind, generation)
        case .terminateHook: signalHook(.term)
        case .killHook: signalHook(.kill)
        case .drain(let worker, let deadlines): drain(worker, deadlines)
        case .askUpgrades(let worker):
            feed(.upgrades(worker, workers[worker]?.counters().map { Int(clamping: $0[.upgraded]) }))
        case .terminate(let worker):
            dropProbes(ofOwner: worker)
            signal(worker, .term)
        case .abort(let worker): signal(worker, .abrt)
        case .kill(let worker): kill(worker)
        case .probe(let generation): probe(generation)
        case .steer(let target): steer(target)
        case .askQueue(let generation):
            feed(.queueLength(generation, listeners.reduce(0) { $0 + ($1.lane(of: generation)?.acceptQueue ?? 0) }))
        case .evacuate(let generation):
            evacuated.insert(generation)
            haveLanesChanged = true
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
            return feed(.lanesFailed(generation, reason: "its control group: \(reason(error))"))
        }
        do { try openProcessSockets(of: generation) } catch {
            processSockets.release(generation)
            return feed(.lanesFailed(generation, reason: "the sockets of its processes: \(reason(error))"))
        }
        endQuietLanes()
        for listener in listeners where !listener.isLeaving {
            do {
                try listener.open(for: generation)
                if let lane = listener.lane(of: generation) { try prepare(lane, of: listener, for: generation) }
            } catch {
                for opened in listeners { opened.release(generation) }
                processSockets.release(generation)
                let address = listener.setting.address
                return feed(.lanesFailed(generation, reason: "\(address): \(error.call): \(reason(error.errno))"))
            }
        }
        _ = runnable(generation)
        releases[generation]?.listeners = listeners.filter { !$0.isLeaving }.map(\.setting.name)
        openHandover(of: generation)
        haveLanesChanged = true
        feed(.lanesOpened(generation))
    }

    /// Makes a lane wait or not, as the generation's programs expect. A shared lane never does: it is also that of programs
    /// that expect otherwise.
    private func prepare(
        _ lane: Lane, of listener: any Listener, for generation: GenerationNumber
    ) throws(SystemError) {
        let inherit = runnable(generation)?.inherit(Slot(1))
        try lane.setBlocking(listener.steering != .shared && inherit?.wantsBlocking == true)
    }

    private func releaseLanes(_ generation: GenerationNumber) {
        dropProbes(of: generation)
        probeCounts[generation] = nil
        takeStragglers(of: generation)
        tellGone(generation)
        for listener in listeners { listener.release(generation) }
        lookAfterLanes()
        evacuated.remove(generation)
        haveLanesChanged = true
        releaseHandover(of: generation)
        processSockets.release(generation)
        removeCondemned()
        logs.close(generation)
        memoryKills.forget(generation)
        // Its deploy may still want to run a hook of it.
        if machine.deployment?.generation != generation { releases[generation] = nil }
        groups.end(allBut: Set(machine.generations.map(\.number)).subtracting([generation]))
        sweepListeners()
    }

    private func steer(_ target: SteeringTarget) {
        for listener in listeners {
            do { try listener.steer(to: target) } catch {
                return feed(.steeringFailed(target, reason: "\(listener.setting.address): \(error)"))
            }
        }
        mendNames()
        haveLanesChanged = true
        feed(.steered(target))
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
