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
    func canBeResumed(with lanes: [String: LeftLanes]) -> Bool {
        !survivors.isEmpty || (!lanes.isEmpty && saved.machine.serving != nil && !saved.machine.isStopping)
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
    func resume(_ previous: PreviousMaster, _ passed: ExecState?, usersMayBeAnywhere: Bool) {
        let saved = previous.saved
        releases.adopt(saved.releases)
        var adopted: Set<WorkerNumber> = []
        for (generation, worker) in previous.survivors {
            let isAdopted = workers.adopt(
                worker, of: generation, takesHandover: saved.takers?.contains(worker.number) == true,
                notify: passed?.take("\(ExecState.Name.notify)\(worker.number)"),
                board: passed?.take("\(ExecState.Name.board)\(worker.number)"))
            if isAdopted { adopted.insert(worker.number) }
        }
        workers.removeStaleSockets()
        let hookSurvives = adoptHook(saved.machine.deployment)
        restoreLanes(of: saved.machine.generations, serving: saved.machine.serving)
        let (machine, effects) = Machine.resuming(
            saved.machine, survivors: adopted, hookSurvives: hookSurvives, usersMayBeAnywhere: usersMayBeAnywhere,
            policies: self.machine.policies, at: Self.now())
        self.machine = machine
        workers.endOrphans(of: saved.machine.generations, grace: settings.configuration.policies.killGrace)
        generations.restoreGroups(of: machine.generations.map(\.number))
        // From now on their size is looked at again.
        for generation in machine.generations { logs.adopt(generation.number) }
        log(
            "resumed: \(CountText.of(adopted.count, "worker")) alive, "
                + (machine.serving.map { "\(name($0)) serves" } ?? "nothing serves"))
        perform(effects)
        // The state that is saved now knows it.
        endTurn()
        if store.failure == nil { try? Files.unlink(directory.lostLanes) }
        for place in generations.lostSockets(of: Set(self.machine.generations.map(\.number))) {
            generations.replaceSocket(place)
            workers.killAll(at: place)
        }
        listeners.sweep()
        listeners.lookAfterLanes()
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
}

extension Master {
    /// Whether nothing serves and nothing is on the way to.
    var isIdle: Bool { machine.serving == nil && machine.deployment == nil && machine.phase == .running }

    /// After a first start that died with its master, and whose hook had to be ended first, another is ordered.
    func beginAgainIfIdle() {
        guard let path = startRelease, isIdle else { return }
        startRelease = nil
        do { try begin(path) } catch {
            for problem in error.problems { log("\(problem)", .error) }
            exitCode = 1
        }
    }

    func begin(_ path: String) throws(ProblemsFound) {
        var release = try PreparedRelease(at: path, settings, generations.groups)
        for warning in release.warnings { log(warning, .warning) }
        // What was committed last is no new release: nothing is to be prepared for it.
        if records.history.committedReleases.last == release.plan.path { release.plan.hooks.before = nil }
        log("master \(ThisProcess.pid) starts \(release.runnable.path), state in \(directory.root)")
        let who = HistoryRecord.Who(uid: ThisProcess.uid, pid: ThisProcess.pid)
        let request = requests.add(
            Requests.Pending(
                client: nil, who: who, verb: .restart, askedAt: Self.now(), release: release.runnable, deadline: nil))
        feed(.deploy(request, release.plan, .start, wait: false))
    }
}
