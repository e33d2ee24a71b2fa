internal import DeployCore
internal import Linux

extension MasterProcess {
    /// Ends what a master left that was killed: goes on where it stopped, and stops there, with the drain deadlines that
    /// each generation has. The configuration may have any mistake.
    static func end(
        _ configuration: Configuration, _ surroundings: Surroundings, _ directory: StateDirectory,
        _ inherited: InheritedSockets, _ signals: borrowing SignalDescriptor, _ lock: consuming FileLock, atOnce: Bool
    ) throws -> Int32 {
        let keeper = LaneKeeper(at: directory.keeper)
        let kept = keeper.recover(stored: inherited.lanes)
        let orphans = keeper.orphans(of: directory)
        let lanesWereLost = keeper.number == nil || !orphans.isEmpty
        orphans.end("stop")
        guard var saved = try? read(directory), saved.isOfThisBoot else {
            return endUnknown(configuration, keeper, kept, directory, atOnce: atOnce)
        }
        saved.machine.isStopping = true
        let succession = Succession(saved)
        guard !succession.survivors.isEmpty || saved.machine.deployment?.hook != nil else {
            return endUnknown(configuration, keeper, kept, directory, atOnce: atOnce)
        }
        let usersMayBeAnywhere = directory.notesLostLanes(lanesWereLost)
        var left = Succession.lanes(kept, saved, nil)
        let handovers = HandoverSockets(directory, keeper: keeper)
        handovers.recover(left.removeValue(forKey: HandoverSockets.keptName)?.sockets ?? [:])
        let processSockets = ProcessSockets(directory, keeper: keeper)
        processSockets.recover(ProcessSockets.take(from: &left), living: succession.generations)
        // Without them, nobody but the workers accepts what still waits.
        let listeners = (try? open(configuration, keeper, left, inherited)) ?? []
        for (_, socket) in kept { socket.close() }
        for (_, socket) in inherited.units { socket.close() }
        let loop = try EventLoop()
        let access = ControlAccess(
            owner: ThisProcess.uid, group: configuration.controlGroup.flatMap { GroupAccount.find($0) })
        let master = try Master(
            configuration: configuration, surroundings: surroundings, directory: directory,
            history: (try? History.load(stateDirectory: directory.root))
                ?? History(path: directory.history, content: []),
            listeners: listeners, keeper: keeper, handovers: handovers, processSockets: processSockets,
            numbering: saved.machine.numbering, control: try control(at: directory.control, access, nil, loop),
            loop: loop, lock: lock)
        let workers = CountText.of(succession.survivors.count, "worker")
        master.log("no master runs: ending what the last one left, \(workers)")
        master.resume(succession, nil, usersMayBeAnywhere: usersMayBeAnywhere)
        if atOnce, master.exitCode == nil { master.feed(.stop(nil, now: true)) }
        let code = try master.run(signals)
        guard !master.isLeaving else { return code }
        close(master)
        return code
    }

    /// Ends what no state knows of, since it is lost or never heard of it: the keeper, and the workers that hold our sockets.
    private static func endUnknown(
        _ configuration: Configuration, _ keeper: LaneKeeper, _ kept: [(name: String, socket: Socket.Box)],
        _ directory: StateDirectory, atOnce: Bool
    ) -> Int32 {
        // Not those of the service manager, which others may have from there: deployd did not open them, which says TCP_NODELAY.
        let inodes = Set(kept.filter { $0.socket.isOn(.noDelay) != false }.compactMap(\.socket.inode))
        for (_, socket) in kept { socket.close() }
        endStrays(
            LaneHolders(of: configuration, try? read(directory), kept: inodes),
            within: atOnce ? .zero : Defaults.drainRequests)
        keeper.dismiss()
        for path in [directory.keeper, directory.control] { try? Files.unlink(path) }
        for name in (try? Files.list(directory.runtime)) ?? [] {
            if let worker = StateDirectory.worker(ofFile: name) { directory.forget(worker) }
        }
        GenerationGroups(directory).end(allBut: [])
        setAsideUnreadable(directory)
        return 0
    }

    /// Ends the workers that hold our sockets though no state knows them, and says who they are.
    static func endStrays(_ found: LaneHolders, within patience: Duration) {
        let strays = found.confirmed()
        for holder in strays.workers {
            StandardError.line(
                "deployd: stop: \(holder.description) is a worker that is not in the state, and holds a listening socket of "
                    + "ours: SIGTERM" + (patience == .zero ? "" : ", and SIGKILL in \(patience.text)"), .warning)
        }
        strays.endWorkers(within: patience)
    }

    /// A state that cannot be read, and of which nothing lives any more, must not keep the next master from starting.
    private static func setAsideUnreadable(_ directory: StateDirectory) {
        do {
            _ = try read(directory)
            return
        } catch {}
        let aside = "\(directory.stateFile).unreadable"
        guard (try? Files.rename(directory.stateFile, to: aside)) != nil else { return }
        StandardError.line(
            "deployd: stop: \(directory.stateFile) cannot be read; it is now \(aside), and the next start uses the "
                + "history", .warning)
    }
}
