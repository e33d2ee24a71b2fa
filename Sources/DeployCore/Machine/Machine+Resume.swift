extension Machine {
    /// The machine of a master that goes on where another was killed, and what is to be done first.
    ///
    /// Before the call the loop has got back the lanes of every generation from `booting` on, or opened others in their place,
    /// and steered new connections to the generation that served, if any did. After the call it saves ``durable``, then
    /// performs the effects, as always. It also gives back lanes of generations that the machine does not know: such a
    /// generation was gone, and its `releaseLanes` was not performed any more. A launch step that was not told to become
    /// its worker dies by itself, whether the state knows of it or not.
    ///
    /// If then neither ``serving`` nor ``deployment`` is there, and the phase is ``MachinePhase/running``, the loop orders a
    /// deploy of the kind ``DeployKind/start``, as if it had found no state: a first start does not outlive its master
    /// unless it had come to its cut-over. What was queued behind a deploy has gone with its clients.
    package static func resuming(
        _ killed: KilledMachine, policies: Policies, at now: Instant
    ) -> (machine: Machine, effects: [Effect]) {
        let state = killed.state
        var machine = Machine(policies: policies)
        machine.scaling = Scaling(workers: state.scaledWorkers)
        machine.lineage = Lineage(resuming: state, survivors: killed.survivors, policies: policies, at: now)
        machine.deployment = state.deployment.flatMap {
            DeploymentMachine(resuming: $0, hookSurvives: killed.hookSurvives, policies: policies, at: now)
        }
        var effects = state.unrecorded.map(Effect.record)
        for generation in state.generations {
            let place = machine.deployment.place(of: generation.number)
            effects += machine.change(generation.number, at: now) {
                $0.resume(
                    as: place, lost: killed.lost(of: generation), mayHaveUsers: killed.usersMayBeAnywhere,
                    numbering: &$1, at: now)
            }
        }
        effects += machine.resumeDeployment(killed, at: now)
        if state.isStopping {
            effects += machine.stop(nil, atOnce: false, at: now)
            machine.phase = .stopping(code: state.exitCode)
        }
        effects += machine.settle(at: now)
        // Who goes back after all looks at nothing any more.
        if machine.deployment?.isUndoing == true { effects.removeAll(where: \.isLook) }
        machine.noteRecords(in: effects)
        return (machine, effects)
    }

    private mutating func resumeDeployment(_ killed: KilledMachine, at now: Instant) -> [Effect] {
        guard var resumed = deployment else { return [] }
        let ready = whoIsReady(at: now)
        let orders = resumed.resume(
            killed.remains(of: resumed, ready: ready), ready: ready, isStopping: killed.state.isStopping, at: now)
        deployment = resumed
        return carryOut(orders, at: now)
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
