internal import DeployCore
internal import Handoff
internal import Linux

/// What an earlier master of the state directory left when it was killed: what it knew, and who of its workers lives.
struct PreviousMaster {
    let saved: SavedState
    /// Workers that live, with what the machine knew of each.
    let survivors: [(generation: GenerationNumber, worker: DurableWorker)]

    /// Looks for the workers that a saved state names. Pid and start time together name a process for good.
    init(_ saved: SavedState) {
        self.saved = saved
        survivors = saved.machine.generations.flatMap { generation in
            generation.workers.compactMap { worker in
                guard let process = worker.process, let status = ProcessStatus(of: process.pid),
                    status.startTime == process.startTime, !status.isZombie
                else { return nil }
                return (generation.number, worker)
            }
        }
    }

    /// The generations that may live.
    var generations: Set<GenerationNumber> { Set(saved.machine.generations.map(\.number)) }

    /// Whether there is something to go on with: workers that live, or lanes of a generation that is to go on serving. A
    /// master that stopped in order leaves neither, and a machine that was started anew has none.
    func canBeResumed(with lanes: [LeftLanes]) -> Bool {
        !survivors.isEmpty
            || (lanes.contains { !$0.sockets.isEmpty } && saved.machine.serving != nil && !saved.machine.isStopping)
    }
}

extension StateDirectory {
    /// Whether the lanes are lost, or were when a master started that was killed before it had saved what came of it.
    ///
    /// It stays written down meanwhile: a keeper holds the lanes again from the moment when they are opened, and the next
    /// master could not tell that users may have entered any of them.
    func notesLostLanes(_ areLost: Bool) -> Bool {
        if areLost { try? Files.replace(lostLanes, with: []) }
        return areLost || Files.kind(lostLanes) != nil
    }
}

extension PreviousMaster {
    /// Has a master go on where this one stopped: its lanes are held by now.
    ///
    /// - Parameter usersMayBeAnywhere: whether nobody kept the lanes meanwhile: those that no worker held are gone, others
    ///   have moved into their places in the kernel's group, and users may have entered any of them.
    func goOn(in master: Master, _ passed: ExecState?, usersMayBeAnywhere: Bool) {
        let parts = master.parts
        let workers = parts.workers
        parts.releases.adopt(saved.placedReleases)
        var adopted: Set<WorkerNumber> = []
        for (generation, worker) in survivors {
            let isAdopted = workers.adopt(
                worker, of: generation, handoverVersion: saved.handoverVersion(of: worker.number),
                notify: passed?.take("\(ExecState.Name.notify)\(worker.number)"),
                board: passed?.take("\(ExecState.Name.board)\(worker.number)"))
            if isAdopted { adopted.insert(worker.number) }
            workers[worker.number]?.spares = saved.sparers?.contains(worker.number) == true
        }
        workers.tellCertificates()
        workers.removeStaleSockets()
        let hookSurvives = handHook(to: parts)
        handLanes(to: parts)
        let (machine, effects) = Machine.resuming(
            KilledMachine(
                saved.machine, survivors: adopted, hookSurvives: hookSurvives, usersMayBeAnywhere: usersMayBeAnywhere),
            policies: master.machine.policies, at: Master.now())
        master.machine = machine
        workers.endOrphans(
            of: saved.machine.generations, grace: parts.settings.configuration.policies.killGrace,
            but: Set([saved.maintenance?.worker.process?.pid].compactMap(\.self)))
        parts.generations.restoreGroups(of: machine.generations.map(\.number))
        for generation in machine.generations { master.countIfUncounted(generation.number, goesOn: true) }
        parts.counting.closeIfUnused()
        // From now on their size is looked at again.
        for generation in machine.generations { parts.logs.adopt(generation.number) }
        parts.log(
            "resumed: \(CountText.of(adopted.count, "worker")) alive, "
                + (machine.serving.map { "\(master.name($0)) serves" } ?? "nothing serves"))
        tellOfFormerAddresses(master)
        master.perform(effects)
        // The state that is saved now knows it.
        master.endTurn()
        if parts.store.failure == nil { try? Files.unlink(parts.directory.lostLanes) }
        for place in parts.generations.lostSockets(of: Set(master.machine.generations.map(\.number))) {
            parts.generations.replaceSocket(place)
            workers.killAll(at: place)
        }
        parts.listeners.sweep()
        parts.listeners.lookAfterLanes()
    }

    /// Workers cannot be given another socket: at an address that is no longer in the file they serve on.
    private func tellOfFormerAddresses(_ master: Master) {
        guard let serving = master.machine.serving else { return }
        for listener in master.parts.listeners.all where listener.isLeaving && listener.lane(of: serving) != nil {
            master.parts.log(
                "\(master.name(serving)) still serves at \(listener.setting.address), which is not in `listen` any more; "
                    + "the next restart or deploy ends that", .warning)
        }
    }

    /// Steers as it was, and gives generations the lanes that they have not.
    private func handLanes(to parts: MasterParts) {
        let open = saved.machine.generations.filter { ![.preparing, .opening, .gone].contains($0.stage) }.map(\.number)
        let lost = parts.listeners.restore(open, serving: saved.machine.serving) { generation, setting in
            parts.releases[generation]?.has(setting) ?? true
        }
        for (generation, failure) in lost {
            let name = parts.releases.name(generation)
            parts.log("\(name): the lane at \(failure.address) is lost: \(failure.error)", .error)
        }
    }

    /// Hands over what is left of the hook that was under way: true when something is.
    private func handHook(to parts: MasterParts) -> Bool {
        guard let deployment = saved.machine.deployment, let durable = deployment.hook, let process = durable.process
        else { return false }
        let generation = deployment.generation
        let output = parts.directory.hookOutput(durable.kind, of: generation)
        guard
            let session = CommandSession(
                adopting: process, of: generation, output: output, serial: parts.loop.nextSerial)
        else { return false }
        let hook = "the \(durable.kind) hook of \(parts.releases.name(generation))"
        parts.log("\(hook) still runs (pid \(session.pid))")
        do { try parts.commands.adopt(RunningHook(kind: durable.kind, session: session)) } catch {
            parts.log("\(hook) cannot be watched, and is killed: \(error)", .warning)
            return false
        }
        return true
    }
}
