internal import DeployCore
internal import Linux

/// The way from what an earlier master left, if there was one, to a master that runs.
struct MasterStart {
    let configuration: Configuration
    let surroundings: Surroundings
    let directory: StateDirectory
    /// What systemd handed in.
    let inherited: InheritedSockets
    /// What this process had before it became this program; nil: it is a start.
    let passed: ExecState?
    /// The limit of open files that this process was started with.
    let softFiles: UInt64?

    /// Refuses what `deployd check` finds, before anything is changed: what cannot become a master leaves nothing behind.
    func checkFirst(_ release: String?) throws {
        let state = StateCheck.problems(configuration, file: configuration.shownFile(surroundings))
        guard state.isEmpty else { throw ProblemsFound(state) }
        // Where a master was before, what it left is looked at first.
        guard Files.kind(directory.lock) == nil else { return }
        let history = try History.load(of: configuration)
        let chosen = try StartRelease.choose(named: release, history: history, configuration: configuration)
        // Addresses whose sockets were handed in are not tried, nor those that a keeper may have which a start ends.
        let isHandedIn =
            !inherited.units.isEmpty || !inherited.lanes.isEmpty || !OrphanKeepers(of: directory).isEmpty
        try check(chosen.path, held: isHandedIn ? nil : [])
    }

    /// - Parameter held: see ``Check/machineProblems(_:_:masterRuns:held:)``.
    private func check(_ path: String, held: [SocketAddress]?) throws(ProblemsFound) {
        let problems =
            Check.machineProblems(configuration, surroundings, masterRuns: false, held: held)
            + CertificateReading(configuration, surroundings).problems
            + Check.releaseProblems(path, configuration, surroundings, masterRuns: false).problems
        guard problems.isEmpty else { throw ProblemsFound(problems) }
    }

    /// Serves until it is told to stop, and returns the exit code.
    ///
    /// - Parameter release: see ``MasterProcess/run(_:_:release:purpose:)``.
    func serve(
        _ release: String?, _ signals: borrowing SignalDescriptor, _ lock: consuming FileLock
    ) throws -> Int32 {
        var history = try History.load(of: configuration)
        var saved = try readState()?.honouring(history)
        if let move = SiteMove(of: configuration) { saved = saved?.moved(by: move) }
        let store = DescriptorStore(surroundings, holding: inherited.stale.union(inherited.lanes.map(\.name)))
        let keeper = LaneKeeper(at: directory.keeper, store: store)
        let survivors = saved.flatMap { $0.isOfThisBoot ? PreviousMaster($0) : nil }
        var left = LeftSockets(keeper, directory, inherited, passed)
        let usersMayBeAnywhere = survivors != nil && left.mayHaveStrayedUsers()
        if let survivors { try left.addThoseHeld(by: survivors) }
        if let saved { left.sort(by: saved) }
        let previous = survivors.flatMap { $0.canBeResumed(with: left.lanes) ? $0 : nil }
        let chosen = try chooseRelease(release, history, isResuming: previous != nil)
        if let previous { try checkTakeover(of: previous) }
        if saved == nil { try checkLostState(left) }
        if previous == nil {
            saved?.endMaintenance()
            try check(chosen.path, left)
            letGo(left, keeper, of: saved)
        }
        left.orphans.end("start")
        keepPlaces(of: &history)
        let recovered = RecoveredParts(left, previous, directory)
        let listeners: [any Listener]
        do { listeners = try open(keeper, previous == nil ? [] : left.lanes) } catch {
            // A keeper of a start that failed would hold the addresses that did open.
            if previous == nil { keeper.dismiss() }
            throw error
        }
        keeper.dropOthers()
        // What came twice, or was not wanted.
        for (_, socket) in left.kept + inherited.lanes { socket.close() }
        for (_, socket) in inherited.units { socket.close() }
        let master = try master(
            history, listeners, keeper, recovered, saved?.machine.numbering ?? history.numbering, lock)
        let parts = master.parts
        parts.launcher.softFiles = softFiles
        if passed != nil { keeper.replace() }
        if let saved, !saved.isOfThisBoot { parts.records.recordLost(saved) }
        parts.certificates.begin()
        parts.maintenance.prepare()
        if let saved { parts.jobs.begin(saved.jobs ?? [], isOfThisBoot: saved.isOfThisBoot) }
        if let previous {
            previous.goOn(in: master, passed, usersMayBeAnywhere: usersMayBeAnywhere)
            StandingProblems.tell(in: master)
        } else {
            parts.workers.removeStaleSockets()
            try? Files.unlink(directory.lostLanes)
        }
        parts.maintenance.begin(previous?.saved.maintenance)
        if let passed {
            master.exec.takeUp(passed)
            passed.close()
        }
        master.firstDeploy.release = chosen.path
        if previous == nil || master.firstDeploy.isNeeded {
            parts.records.startNotes = chosen.notes
            for note in chosen.notes { parts.log(note, .warning) }
            try master.firstDeploy.order(chosen.path)
        }
        let code = try MasterLoop(master).run(signals)
        if !master.isLeaving { end(master, keeper) }
        return code
    }

    /// What nobody goes on with must not stand in the way of the new lanes.
    private func letGo(_ left: LeftSockets, _ keeper: LaneKeeper, of saved: SavedState?) {
        for (_, socket) in left.kept + inherited.lanes { socket.close() }
        keeper.dismiss()
        guard let saved, saved.isOfThisBoot, let hook = saved.machine.deployment?.hook else { return }
        HookRemains.end(hook, within: configuration.policies.killGrace)
    }

    /// Its own workers had their time. Others would keep the addresses from the next master.
    private func end(_ master: Master, _ keeper: LaneKeeper) {
        endStrays(master.parts.listeners.holders(directory), within: configuration.policies.killGrace)
        keeper.orphans(of: directory).end("stop")
        close(master)
    }

    /// Before a state is written that does not tell of the site's former directory any more.
    private func keepPlaces(of history: inout History) {
        do { try history.keepPlaces() } catch {
            StandardError.line("deployd: the history names the site's former directory: \(error)", .warning)
        }
    }

    private func readState() throws(ProblemsFound) -> SavedState? {
        do { return try directory.readStateOrSetAside() } catch {
            let holders = LaneHolders(of: configuration)
            throw ProblemsFound(error.problems.map { $0.advising(on: holders, directory.stateFile) })
        }
    }

    /// What is started if nothing serves. Where something does, no release of the history is needed.
    private func chooseRelease(
        _ named: String?, _ history: History, isResuming: Bool
    ) throws(ProblemsFound) -> StartRelease {
        do {
            return try StartRelease.choose(named: named, history: history, configuration: configuration)
        } catch {
            guard isResuming else { throw error }
            return StartRelease(path: history.committedReleases.last ?? configuration.initialRelease, notes: [])
        }
    }

    /// A mistake in the release is told before the address is taken, and what lies at it before it is touched.
    private func check(_ path: String, _ left: LeftSockets) throws(ProblemsFound) {
        // Addresses at which sockets are left or were handed in are not free, and ours.
        let mayTry = passed == nil && left.kept.isEmpty && inherited.units.isEmpty && inherited.lanes.isEmpty
        // What an orphan alone has is free when that is ended; it is not before the start can go ahead.
        let orphaned = configuration.listeners.map(\.address).filter { left.orphans.areAlone(at: $0, directory) }
        try check(path, held: mayTry ? orphaned : nil)
    }

    /// Refuses settings by which nobody can go on; nothing is changed, and the workers serve on.
    private func checkTakeover(of previous: PreviousMaster) throws(ProblemsFound) {
        // (An upgrade has looked before: it has no way back.)
        guard passed == nil else { return }
        let problems = TakeoverCheck.problems(
            configuration, file: configuration.shownFile(surroundings), previous.saved,
            handedIn: inherited.units.map(\.address))
        guard problems.isEmpty else { throw ProblemsFound(problems) }
    }

    /// Refuses to begin anew beside workers whose state is gone, which have the addresses; their keeper stays.
    private func checkLostState(_ left: LeftSockets) throws(ProblemsFound) {
        guard passed == nil else { return }
        let kept = Set(left.kept.filter { $0.socket.isOn(.noDelay) != false }.compactMap(\.socket.inode))
        let holders = LaneHolders(of: configuration, nil, kept: kept).confirmed()
        if let problem = TakeoverCheck.lostState(directory, holders) { throw ProblemsFound([problem]) }
        guard Files.kind(directory.stateFile) == .file else { return }
        StandardError.line("deployd: start: \(directory.stateFile) is empty; a new one is begun", .warning)
    }

    /// Goes on with the listeners of the configuration that are left, and opens the others. Those that it has no longer are
    /// leaving: workers accept there.
    private func open(_ keeper: LaneKeeper, _ left: [LeftLanes]) throws(ProblemsFound) -> [any Listener] {
        let problems = inherited.strangers(to: configuration)
        guard problems.isEmpty else { throw ProblemsFound(problems) }
        var former = left
        // (Those that are left are taken up first: who holds an address may be one of them.)
        let own = configuration.listeners.map { setting in
            former.firstIndex { $0.isMeant(by: setting) }.map { former.remove(at: $0) }
        }
        let leaving = former.compactMap { $0.listener(keeper) }
        for listener in leaving { listener.isLeaving = true }
        var listeners: [any Listener] = []
        for (setting, own) in zip(configuration.listeners, own) {
            let behind = left.filter { $0.name == setting.name }.compactMap { $0.newest?.0 }.max() ?? 0
            do {
                listeners.append(
                    try makeListener(
                        setting, isV6Only: configuration.isV6Only(setting), keeper: keeper, left: own,
                        handedIn: inherited.unit(at: setting.address), behind: behind))
            } catch {
                throw ProblemsFound([Problem(listener: setting, error, in: configuration)])
            }
        }
        return listeners + leaving
    }

    private func master(
        _ history: History, _ listeners: [any Listener], _ keeper: LaneKeeper, _ recovered: RecoveredParts,
        _ numbering: Numbering, _ lock: consuming FileLock
    ) throws(SystemError) -> Master {
        let loop = try EventLoop()
        let parts = try MasterParts(
            configuration: configuration, surroundings: surroundings, directory: directory, history: history,
            listeners: listeners, keeper: keeper, recovered: recovered, control: try control(loop), loop: loop,
            lock: lock)
        return Master(parts, numbering)
    }

    private func control(_ loop: EventLoop) throws(SystemError) -> ControlServer {
        let access = ControlAccess(
            owner: ThisProcess.uid, group: configuration.controlGroup.flatMap { GroupAccount.find($0) })
        let token = Token(.control).number
        guard let listener = passed?.take(ExecState.Name.control) else {
            return try ControlServer(at: directory.control, access: access, baseToken: token, on: loop.epoll)
        }
        return try ControlServer(adopting: Socket(adopting: listener), access: access, baseToken: token, on: loop.epoll)
    }

    /// What nobody goes on with.
    private func close(_ master: Master) {
        master.parts.listeners.close()
        master.parts.keeper.dismiss()
        for path in [directory.keeper, directory.control] { try? Files.unlink(path) }
    }
}

// A stop where no master runs.
extension MasterStart {
    /// Ends what a master left that was killed: goes on where it stopped, and stops there, with the drain deadlines that
    /// each generation has. The configuration may have any mistake.
    func end(_ signals: borrowing SignalDescriptor, _ lock: consuming FileLock, atOnce: Bool) throws -> Int32 {
        let keeper = LaneKeeper(at: directory.keeper)
        var left = LeftSockets(keeper, directory, inherited, nil)
        left.orphans.end("stop")
        guard var saved = try? directory.readState(), saved.isOfThisBoot else {
            return endUnknown(left, atOnce: atOnce)
        }
        saved.machine.isStopping = true
        let previous = PreviousMaster(saved)
        guard !previous.survivors.isEmpty || saved.machine.deployment?.hook != nil || saved.hasRuns else {
            return endUnknown(left, atOnce: atOnce)
        }
        let usersMayBeAnywhere = left.mayHaveStrayedUsers()
        left.sort(by: saved)
        let recovered = RecoveredParts(left, previous, directory)
        // By the state, not by the configuration: nothing is to be opened, and that may be about other addresses by now.
        let listeners = left.lanes.compactMap { $0.listener(keeper) }
        for (_, socket) in left.kept { socket.close() }
        for (_, socket) in inherited.units { socket.close() }
        var history = (try? History.load(of: configuration)) ?? History(path: directory.history, content: [])
        keepPlaces(of: &history)
        let master = try master(history, listeners, keeper, recovered, saved.machine.numbering, lock)
        let workers = CountText.of(previous.survivors.count, "worker")
        master.parts.log("no master runs: ending what the last one left, \(workers)")
        master.parts.maintenance.prepare(isEnding: true)
        master.parts.jobs.begin(saved.jobs ?? [], isOfThisBoot: true)
        previous.goOn(in: master, nil, usersMayBeAnywhere: usersMayBeAnywhere)
        master.parts.maintenance.begin(saved.maintenance)
        if atOnce, master.exitCode == nil { master.feed(.stop(nil, now: true)) }
        let code = try MasterLoop(master).run(signals)
        if !master.isLeaving { close(master) }
        return code
    }

    /// Ends what no state knows of, since it is lost or never heard of it: the keeper, and the workers that hold our sockets.
    private func endUnknown(_ left: LeftSockets, atOnce: Bool) -> Int32 {
        // Not those of the service manager, which others may have from there: deployd did not open them, which says TCP_NODELAY.
        let inodes = Set(left.kept.filter { $0.socket.isOn(.noDelay) != false }.compactMap(\.socket.inode))
        for (_, socket) in left.kept { socket.close() }
        endStrays(
            LaneHolders(of: configuration, try? directory.readState(), kept: inodes),
            within: atOnce ? .zero : Defaults.drainRequests)
        left.keeper.dismiss()
        for path in [directory.keeper, directory.control] { try? Files.unlink(path) }
        for name in (try? Files.list(directory.runtime)) ?? [] {
            if let worker = StateDirectory.worker(ofFile: name) { directory.forget(worker) }
        }
        GenerationGroups(directory).end(allBut: [])
        directory.setUnreadableStateAside()
        return 0
    }

    /// Ends the workers that hold our sockets though no state knows them, and says who they are.
    private func endStrays(_ found: LaneHolders, within patience: Duration) {
        let strays = found.confirmed()
        for holder in strays.workers {
            StandardError.line(
                "deployd: stop: \(holder.description) is a worker that is not in the state, and holds a listening socket of "
                    + "ours: SIGTERM" + (patience == .zero ? "" : ", and SIGKILL in \(patience.text)"), .warning)
        }
        strays.endWorkers(within: patience)
    }
}

extension History {
    /// The numbers that follow those of the history, for a state directory whose state file is gone.
    fileprivate var numbering: Numbering {
        Numbering(nextGeneration: GenerationNumber(rawValue: (records.map(\.generation).max() ?? 0) + 1))
    }
}
