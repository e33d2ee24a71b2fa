internal import DeployCore
internal import Handoff
internal import Linux

/// Which effect is whose: the part that owns what it is about performs it, and what comes of that goes back as events.
final class EffectTable {
    private unowned let master: Master
    private let parts: MasterParts

    init(_ master: Master) {
        self.master = master
        parts = master.parts
    }

    private var machine: Machine { master.machine }

    func perform(_ effect: Effect) -> [Event] {
        let (workers, commands, records, listeners) = (parts.workers, parts.commands, parts.records, parts.listeners)
        switch effect {
        case .save(let generation):
            // Before the boot the disk is waited for. At the cut-over users' connections are: what is written then is for
            // a master that follows on the same boot.
            let failure = master.save(synchronously: machine.deployment?.stage == .saving)
            return [failure.map { .saveFailed(generation, reason: $0.description) } ?? .saved(generation)]
        case .exit(let code): master.exit(code: Int32(code))

        case .openLanes(let generation):
            _ = master.runnable(generation)
            let opened = parts.generations.open(generation)
            parts.maintenance.follow()
            return [opened]
        case .releaseLanes(let generation): releaseLanes(generation)
        case .steer(let target): return [steer(target)]
        case .share(let target):
            let users = machine.generations.filter { [.serving, .warm, .retiring].contains($0.stage) }
            workers.share(target, among: Set(users.map(\.number)))
        case .askQueue(let generation):
            parts.handovers.passOn(generation, serving: machine.serving)
            return [.queueLength(generation, listeners.queue(of: generation))]
        case .evacuate(let generation):
            parts.handovers.passOn(generation, serving: machine.serving)
            listeners.evacuate(generation)

        case .spawn(let worker, let generation, let slot): return [workers.spawn(worker, generation, slot)]
        case .launch(let worker): workers.launch(worker, watchdog: machine.lineage.watchdog(of: worker))
        case .drain(let worker, let deadlines): workers.drain(worker, deadlines, master.accepting)
        case .askUpgrades(let worker): return [.upgrades(worker, workers.upgrades(of: worker))]
        case .terminate(let worker):
            let owner = machine.generation(workers[worker]?.generation)
            if let owner, owner.stage == .ending { parts.probes.drop(of: owner.number) }
            workers.signal(worker, .term)
        case .abort(let worker): workers.signal(worker, .abrt)
        case .kill(let worker): workers.kill(worker)
        case .measure(let generation): return [.measured(generation, workers.residentBytes(of: generation))]
        case .observe(let new, let old):
            return [.observed(new: new, old: old, Observation(new: counts(of: new), old: counts(of: old)))]

        case .probe(let generation): return probe(generation)
        case .spawnHook(let kind, let generation):
            return commands.spawnHook(kind, generation, master.runnable(generation)?.hooks[kind.rawValue])
        case .launchHook(let kind, let generation):
            commands.launchHook(
                kind, of: machine.deployment, master.runnable(generation)?.hooks[kind.rawValue],
                master.name(generation))
        case .terminateHook: commands.signalHook(.term)
        case .killHook: commands.signalHook(.kill)
        case .test(let generation): return commands.startTest(generation, master.runnable(generation))

        case .commit(let entry): return [records.commit(entry, of: parts.releases[entry.generation])]
        case .record(let entry): records.record(entry, of: parts.releases[entry.generation])
        case .recordHook(let entry, let kind, let failure): records.recordHook(entry, kind, failure)
        case .prune: master.pruner.prune()
        case .report(let request, let progress): master.answers.report(request, progress)
        case .finish(let request, let outcome):
            let events = master.answers.finish(request, outcome)
            parts.releases.keep { machine.generation($0) != nil || machine.deployment?.generation == $0 }
            return events
        }
        return []
    }

    /// The figures of a generation, by whoever counts, and which of them are the master's own probes.
    private func counts(of generation: GenerationNumber) -> GenerationCounts {
        var counts = parts.workers.counts(of: generation)
        counts.probes = parts.probes.counts(of: generation)
        counts.handoversWait = parts.handovers.hasWaiting(generation)
        if counts.traffic == nil, let counted = parts.counting.counts(of: generation) {
            counts.traffic = TrafficCounts(counted)
            // The kernel leaves them out: there is nothing to take away.
            counts.probes = ProbeCounts(answered: counts.probes.answered)
        }
        return counts
    }

    private func releaseLanes(_ generation: GenerationNumber) {
        parts.probes.forget(generation)
        parts.listeners.stragglers.take(of: generation, parts.listeners.all)
        master.stop.tellGone(generation)
        parts.generations.release(
            generation, living: Set(machine.generations.map(\.number)).subtracting([generation]),
            serving: machine.serving,
            // Its deploy may still want to run a hook of it.
            keepsRelease: machine.deployment?.generation == generation)
        parts.workers.forget(generation)
        parts.counting.end(generation)
        parts.maintenance.follow()
    }

    private func steer(_ target: SteeringTarget) -> Event {
        for generation in target.generations { master.countIfUncounted(generation) }
        do throws(LaneFailure) { try parts.listeners.steer(to: target) } catch {
            return .steeringFailed(target, reason: "\(error.address): \(error.error)")
        }
        // What could not be steered, and is no reason to fail, is told to who deploys.
        for trouble in parts.listeners.current.compactMap(\.trouble) {
            let advice = trouble.advice.isEmpty ? "" : "; \(trouble.advice)"
            parts.requests.send(.note("\(trouble.text)\(advice)"), to: machine.deployment?.request)
        }
        return .steered(target)
    }

    private func probe(_ generation: GenerationNumber) -> [Event] {
        guard let release = master.runnable(generation),
            let policy = machine.generation(generation)?.policies.probe
        else { return [] }
        // Before the first answer nobody knows whether the workers count, and mostly they do.
        if parts.probes.hasBegun(generation) { master.countIfUncounted(generation) }
        let places = parts.generations.lanes(of: generation).enumerated().map { index, own in
            (own.listener, WorkerEnvironment.firstListener + CInt(index))
        }
        return parts.probes.begin(generation, at: places, release, limit: policy.attemptTimeout)
    }
}
