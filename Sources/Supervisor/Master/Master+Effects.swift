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
        case .openLanes(let generation):
            _ = runnable(generation)
            feed(generations.open(generation))
        case .releaseLanes(let generation): releaseLanes(generation)
        case .spawn(let worker, let generation, let slot): feed(workers.spawn(worker, generation, slot))
        case .launch(let worker): workers.launch(worker, watchdog: machine.watchdog(of: worker))
        case .spawnHook(let kind, let generation):
            feed(commands.spawnHook(kind, generation, runnable(generation)?.hooks[kind.rawValue]))
        case .launchHook(let kind, let generation):
            commands.launchHook(
                kind, of: machine.deployment, runnable(generation)?.hooks[kind.rawValue], name(generation))
        case .terminateHook: commands.signalHook(.term)
        case .killHook: commands.signalHook(.kill)
        case .drain(let worker, let deadlines): workers.drain(worker, deadlines, accepting)
        case .askUpgrades(let worker):
            feed(.upgrades(worker, workers.upgrades(of: worker)))
        case .terminate(let worker):
            let owner = machine.generation(workers[worker]?.generation)
            if let owner, owner.stage == .ending { probes.drop(of: owner.number) }
            workers.signal(worker, .term)
        case .abort(let worker): workers.signal(worker, .abrt)
        case .kill(let worker): workers.kill(worker)
        case .probe(let generation): probe(generation)
        case .steer(let target): steer(target)
        case .askQueue(let generation):
            feed(.queueLength(generation, listeners.queue(of: generation)))
        case .evacuate(let generation): listeners.evacuate(generation)
        case .measure(let generation): feed(.measured(generation, workers.residentBytes(of: generation)))
        case .observe(let new, let old):
            let counts = Observation(new: workers.counts(of: new), old: workers.counts(of: old))
            feed(.observed(new: new, old: old, counts))
        case .test(let generation): feed(commands.startTest(generation, runnable(generation)))
        case .commit(let entry): feed(records.commit(entry, of: releases[entry.generation]?.identity))
        case .record(let entry): records.record(entry, of: releases[entry.generation]?.identity)
        case .recordHook(let entry, let kind, let failure): records.recordHook(entry, kind, failure)
        case .prune: pruner.prune()
        case .report(let request, let progress): answers.report(request, progress)
        case .finish(let request, let outcome):
            feed(answers.finish(request, outcome))
            releases.keep { machine.generation($0) != nil || machine.deployment?.generation == $0 }
        case .exit(let code):
            orphans.killAll()
            exitCode = Int32(code)
        }
    }

    private func releaseLanes(_ generation: GenerationNumber) {
        probes.forget(generation)
        listeners.stragglers.take(of: generation, listeners.all)
        tellGone(generation)
        generations.release(
            generation, living: Set(machine.generations.map(\.number)).subtracting([generation]),
            serving: machine.serving,
            // Its deploy may still want to run a hook of it.
            keepsRelease: machine.deployment?.generation == generation)
        workers.forget(generation)
    }

    private func steer(_ target: SteeringTarget) {
        do throws(LaneFailure) { try listeners.steer(to: target) } catch {
            return feed(.steeringFailed(target, reason: "\(error.address): \(error.error)"))
        }
        // What could not be steered, and is no reason to fail, is told to who deploys.
        for trouble in listeners.current.compactMap(\.trouble) {
            let advice = trouble.advice.isEmpty ? "" : "; \(trouble.advice)"
            requests.send(.note("\(trouble.text)\(advice)"), to: machine.deployment?.request)
        }
        feed(.steered(target))
    }

    private func probe(_ generation: GenerationNumber) {
        guard let release = runnable(generation), let policy = machine.generation(generation)?.policies.probe else {
            return
        }
        let places = generations.lanes(of: generation).enumerated().map { index, own in
            (own.listener, WorkerEnvironment.firstListener + CInt(index))
        }
        feed(probes.begin(generation, at: places, release, limit: policy.attemptTimeout))
    }

    /// The release that a generation runs; for a new one, the release of the deploy that started it.
    func runnable(_ generation: GenerationNumber) -> RunnableRelease? {
        if let known = releases[generation] { return known }
        let underWay = machine.deployment.flatMap { $0.generation == generation ? $0.plan : nil }
        guard let plan = machine.generation(generation)?.plan ?? underWay else { return nil }
        let asked = machine.deployment.flatMap { requests[$0.request]?.release }
        return releases.assign(generation, path: plan.path, asked: asked)
    }
}
