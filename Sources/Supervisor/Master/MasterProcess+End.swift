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
        let lanesWereLost = keeper.number == nil
        guard var saved = try? read(directory), saved.isOfThisBoot else {
            return nothing(keeper, kept, directory)
        }
        saved.machine.isStopping = true
        let succession = Succession(saved)
        guard !succession.survivors.isEmpty || saved.machine.deployment?.hook != nil else {
            return nothing(keeper, kept, directory)
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
        let epoll = try Epoll()
        let access = ControlAccess(
            owner: ThisProcess.uid, group: configuration.controlGroup.flatMap { GroupAccount.find($0) })
        let master = try Master(
            configuration: configuration, surroundings: surroundings, directory: directory,
            history: (try? History.load(stateDirectory: directory.root))
                ?? History(path: directory.history, content: []),
            listeners: listeners, keeper: keeper, handovers: handovers, processSockets: processSockets,
            numbering: saved.machine.numbering, control: try control(at: directory.control, access, nil, on: epoll),
            epoll: epoll, lock: lock)
        master.log("no master runs: ending what the last one left, \(succession.survivors.count) workers")
        master.resume(succession, nil, usersMayBeAnywhere: usersMayBeAnywhere)
        if atOnce, master.exitCode == nil { master.feed(.stop(nil, now: true)) }
        let code = try master.run(signals)
        if !master.isLeaving { close(master) }
        return code
    }

    private static func nothing(
        _ keeper: LaneKeeper, _ kept: [(name: String, socket: Socket.Box)], _ directory: StateDirectory
    ) -> Int32 {
        for (_, socket) in kept { socket.close() }
        keeper.dismiss()
        for path in [directory.keeper, directory.control] { try? Files.unlink(path) }
        GenerationGroups(directory).end(allBut: [])
        return 0
    }
}
