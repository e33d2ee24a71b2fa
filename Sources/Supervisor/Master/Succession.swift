internal import DeployCore
internal import Handoff
internal import Linux

/// What an earlier master of the state directory left when it was killed: what it knew, and who of its workers lives.
struct Succession {
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
    func isPossible(with lanes: [String: LeftLanes]) -> Bool {
        !survivors.isEmpty || (!lanes.isEmpty && saved.machine.serving != nil && !saved.machine.isStopping)
    }

    /// The lanes that the keeper holds, by listener.
    ///
    /// - Parameter bequest: what this process had before it became this program; it goes before what the keeper holds.
    static func lanes(
        _ kept: [(name: String, socket: Socket.Box)], _ saved: SavedState, _ bequest: Bequest?
    ) -> [String: LeftLanes] {
        var sockets: [String: [Int: Socket.Box]] = [:]
        for (name, socket) in kept {
            guard let (listener, number) = LaneName.parse(name) else { continue }
            sockets[listener, default: [:]][number] = socket
        }
        for name in bequest?.names(Bequest.Name.lane) ?? [] {
            guard let (listener, number) = LaneName.parse(name),
                let descriptor = bequest?.take(Bequest.Name.lane + name)
            else { continue }
            sockets[listener, default: [:]][number] = Socket.Box(Socket(adopting: descriptor))
        }
        return Dictionary(
            uniqueKeysWithValues: sockets.map {
                (
                    $0.key,
                    LeftLanes(
                        pool: saved.lanes[$0.key], sockets: $0.value, address: saved.addresses?[$0.key])
                )
            })
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

extension Master {
    /// Goes on where an earlier master stopped: its lanes are held by now.
    ///
    /// - Parameter usersMayBeAnywhere: whether nobody kept the lanes meanwhile: those that no worker held are gone, others
    ///   have moved into their places in the kernel's group, and users may have entered any of them.
    func resume(_ succession: Succession, _ bequest: Bequest?, usersMayBeAnywhere: Bool) {
        let saved = succession.saved
        releases = saved.releases
        var adopted: Set<WorkerNumber> = []
        for (generation, worker) in succession.survivors where adopt(worker, of: generation, bequest) {
            adopted.insert(worker.number)
            workers[worker.number]?.takesHandover =
                saved.takers?.contains(worker.number) == true && handovers.number(of: generation) != nil
        }
        forgetOthers(adopted)
        let hookSurvives = adoptHook(saved.machine.deployment)
        restoreLanes(of: saved.machine.generations, serving: saved.machine.serving)
        let (machine, effects) = Machine.resuming(
            saved.machine, survivors: adopted, hookSurvives: hookSurvives, usersMayBeAnywhere: usersMayBeAnywhere,
            policies: self.machine.policies, at: Self.now())
        self.machine = machine
        endRemains(of: saved.machine.generations, but: adopted)
        endStrays(but: adopted)
        restoreGroups()
        // From now on their size is looked at again.
        for generation in machine.generations { logs.adopt(generation.number) }
        log(
            "resumed: \(CountText.of(adopted.count, "worker")) alive, "
                + (machine.serving.map { "\(name($0)) serves" } ?? "nothing serves"))
        perform(effects)
        // The state that is saved now knows it.
        endTurn()
        if savingFailure == nil { try? Files.unlink(directory.lostLanes) }
        restoreProcessSockets()
        listeners.sweep()
        listeners.lookAfterLanes()
    }

    /// Ends what is left of workers that ended while no master was there to see it.
    private func endRemains(of generations: [DurableGeneration], but adopted: Set<WorkerNumber>) {
        for generation in generations {
            for worker in generation.workers where !adopted.contains(worker.number) {
                guard let identity = worker.process else { continue }
                end(remains(of: identity), leftBy: identity.pid, generation.number, worker.slot)
            }
        }
    }

    /// Steers as it was, and gives generations the lanes that they have not.
    private func restoreLanes(of generations: [DurableGeneration], serving: GenerationNumber?) {
        let open = generations.filter { ![.preparing, .opening, .gone].contains($0.stage) }.map(\.number)
        for (generation, failure) in listeners.restore(open.map { ($0, releases[$0]?.listeners) }, serving: serving) {
            log("\(name(generation)): the lane at \(failure.address) is lost: \(failure.error)", .error)
        }
    }

    /// Takes over what is left of the hook that was under way: true when something is.
    private func adoptHook(_ deployment: DurableDeployment?) -> Bool {
        guard let deployment, let durable = deployment.hook, let process = durable.process else { return false }
        let generation = deployment.generation
        let output = directory.hookOutput(durable.kind, of: generation)
        guard let session = CommandSession(adopting: process, of: generation, output: output, serial: loop.nextSerial)
        else { return false }
        log("the \(durable.kind) hook of \(name(generation)) still runs (pid \(session.pid))")
        do { try commands.adopt(RunningHook(kind: durable.kind, session: session)) } catch {
            log(
                "the \(durable.kind) hook of \(name(generation)) cannot be watched, and is killed: \(error)", .warning
            )
            return false
        }
        return true
    }

    /// Takes a worker over that another master started: true when it lives.
    private func adopt(_ durable: DurableWorker, of generation: GenerationNumber, _ bequest: Bequest?) -> Bool {
        guard let identity = durable.process else { return false }
        do {
            let worker = try WorkerProcess(
                adopting: durable, identity, generation, directory,
                owner: releases[generation]?.order.account?.uid,
                inherit: releases[generation]?.inherit(durable.slot) ?? .listenFds,
                inherited: bequest?.take("\(Bequest.Name.notify)\(durable.number)"),
                board: bequest?.take("\(Bequest.Name.board)\(durable.number)"))
            worker.hasHandover = durable.slot.isWeb && handovers.number(of: generation) != nil
            worker.isLeaving = [.draining, .terminating, .killed].contains(durable.stage)
            workers[durable.number] = worker
            try watch(worker)
            return true
        } catch {
            workers[durable.number] = nil
            log("worker \(durable.number) (pid \(identity.pid)) is lost: \(error)", .warning)
            return false
        }
    }

    /// Holds the generations to their limits again, which are off while no master runs.
    private func restoreGroups() {
        for generation in machine.generations.map(\.number) {
            do { try groups.prepare(generation, releases[generation]?.groupLimits) } catch {
                log("\(name(generation)): its limits could not be set again: \(error)", .error)
            }
        }
        groups.end(allBut: Set(machine.generations.map(\.number)))
    }

    /// Takes away the sockets of workers that are gone.
    func forgetOthers(_ living: Set<WorkerNumber>) {
        for name in (try? Files.list(directory.runtime)) ?? [] {
            guard let number = StateDirectory.worker(ofFile: name), !living.contains(number) else { continue }
            directory.forget(number)
        }
    }
}
