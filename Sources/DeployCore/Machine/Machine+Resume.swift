extension Machine {
    /// The machine of a master that goes on where another was killed, and what is to be done first.
    ///
    /// The other may have been killed at any instant: before the state was saved, after it, between any two effects. What
    /// it had ordered was perhaps done; ``Effect`` says which effects the loop makes harmless the second time.
    ///
    /// Before the call the loop has, with the state as it was on disk: found which workers still live (`survivors`, by pid
    /// and start time), and whether anything does of the hook that was under way; got back the lanes of every generation from `booting` on, or opened others in their place; steered
    /// new connections to `state.serving`, if any generation serves. After the call it saves ``durable``, then
    /// performs the effects, as always. It also gives back lanes of generations that the machine does not know: such a
    /// generation was gone, and its `releaseLanes` was not performed any more. A launch step that was not told to become
    /// its worker dies by itself, whether the state knows of it or not.
    ///
    /// If then neither ``serving`` nor ``deployment`` is there, and the phase is ``Phase/running``, the loop orders a
    /// deploy of the kind ``DeployKind/start``, as if it had found no state: a first start does not outlive its master
    /// unless it had come to its cut-over. What was queued behind a deploy has gone with its clients.
    package static func resuming(
        _ state: DurableState, survivors: Set<WorkerNumber>, hookSurvives: Bool = false,
        usersMayBeAnywhere: Bool = false, policies: Policies, at now: Instant
    ) -> (machine: Machine, effects: [Effect]) {
        var machine = Machine(policies: policies, numbering: state.numbering)
        machine.scaledWorkers = state.scaledWorkers
        machine.serving = state.serving
        machine.generations = state.generations.map {
            GenerationMachine(resuming: $0, survivors: survivors, policies: policies, at: now)
        }
        machine.deployment = state.deployment.flatMap {
            DeploymentMachine(resuming: $0, hookSurvives: hookSurvives, policies: policies, at: now)
        }
        var effects = state.unrecorded.map(Effect.record)
        for generation in state.generations {
            effects += machine.resume(
                generation, survivors: survivors, mayHaveUsers: usersMayBeAnywhere, at: now)
        }
        effects += machine.resumeDeployment(
            state, survivors: survivors, mayHaveUsers: usersMayBeAnywhere, at: now)
        if state.isStopping { effects += machine.resumeStop(code: state.exitCode, at: now) }
        effects += machine.settle(at: now)
        // Who goes back after all looks at nothing any more.
        if machine.deployment?.isUndoing == true { effects.removeAll(where: \.isLook) }
        machine.noteRecords(in: effects)
        return (machine, effects)
    }

    private mutating func resume(
        _ durable: DurableGeneration, survivors: Set<WorkerNumber>, mayHaveUsers: Bool, at now: Instant
    ) -> [Effect] {
        let place: GenerationPlace =
            switch deployment {
            case let deployment? where deployment.generation == durable.number:
                deployment.canCancel ? .unproven : .cutOverTo
            case let deployment? where deployment.predecessor == durable.number: .predecessor
            case .some, nil: .other
            }
        var numbering = numbering
        defer { self.numbering = numbering }
        let lost = durable.lost(survivors: survivors)
        return change(durable.number, at: now) {
            $0.resume(as: place, lost: lost, mayHaveUsers: mayHaveUsers, numbering: &numbering, at: now)
        }
    }

    /// A worker that was lost unobserved counts like any other, as long as there is somebody to go back to: if the old
    /// generation lost all of its workers too, what ended them was not the new release.
    private mutating func resumeDeployment(
        _ state: DurableState, survivors: Set<WorkerNumber>, mayHaveUsers: Bool, at now: Instant
    ) -> [Effect] {
        guard var resumed = deployment else { return [] }
        let ready = whoIsReady(at: now)
        let new = state.generations.first { $0.number == resumed.generation }
        let lost = new?.lost(survivors: survivors).first { $0.stage == .ready }
        let remains = DeployRemains(
            lost: ready.old ? lost?.lostWorker : nil, newDrains: mayHaveUsers,
            newServes: serving == resumed.generation)
        let orders = resumed.resume(remains, ready: ready, isStopping: state.isStopping, at: now)
        deployment = resumed
        return carryOut(orders, at: now)
    }

    private mutating func resumeStop(code: Int, at now: Instant) -> [Effect] {
        let effects = stop(nil, atOnce: false, at: now)
        phase = .stopping(code: code)
        return effects
    }
}

extension DurableGeneration {
    /// Its workers that had a process, and have none any more.
    func lost(survivors: Set<WorkerNumber>) -> [DurableWorker] {
        workers.filter { $0.process != nil && !survivors.contains($0.number) }
    }
}

extension DurableWorker {
    /// What there is to say of it when it is found dead; nil: it had no process.
    var lostWorker: LostWorker? {
        process.map { LostWorker(worker: number, slot: slot, pid: $0.pid, end: .unobserved) }
    }
}

extension Effect {
    /// Whether it looks at a generation that is watched.
    fileprivate var isLook: Bool {
        switch self {
        case .observe, .test: true
        default: false
        }
    }
}
