internal import DeployCore
internal import Handoff
internal import Linux

/// The workers' processes.
///
/// A part of the master: it owns their processes and the sockets on which they are heard, and what comes of them are events
/// for the machine.
final class Workers {
    let loop: EventLoop
    let log: MasterLog
    let directory: StateDirectory
    let generations: Generations
    let handovers: Handovers
    let orphans: Orphans
    let listeners: ListenerSet
    let children: Children
    private var all: [WorkerNumber: WorkerProcess] = [:]
    /// How they are to share kept connections.
    var sharing = Sharing()
    /// Which of them ran out of memory.
    private var memoryKills = MemoryKills()
    /// When those are told of new certificates who could not be told; nil: there are none.
    var certificatesRetryAt: Instant?

    init(
        _ loop: EventLoop, _ log: MasterLog, _ directory: StateDirectory, _ generations: Generations,
        _ handovers: Handovers, _ orphans: Orphans, _ listeners: ListenerSet, _ children: Children
    ) {
        self.loop = loop
        self.log = log
        self.directory = directory
        self.generations = generations
        self.handovers = handovers
        self.orphans = orphans
        self.listeners = listeners
        self.children = children
    }

    subscript(number: WorkerNumber) -> WorkerProcess? { all[number] }

    var living: some Collection<WorkerProcess> { all.values }

    /// Those that take connections from their generation's hand-over socket.
    var takers: Set<WorkerNumber> { takers(from: 1) }

    /// Those that take them in messages of a version.
    func takers(from version: Int) -> Set<WorkerNumber> {
        Set(all.values.filter { $0.handoverVersion >= version }.map(\.number))
    }

    /// Those that spare connections while users are kept out.
    var sparers: Set<WorkerNumber> { Set(all.values.filter(\.spares).map(\.number)) }

    /// A worker as people call it.
    func name(_ worker: WorkerProcess) -> String {
        "\(generations.releases.name(worker.generation)): worker \(worker.slot)"
    }
}

// The effects `spawn` and `launch`.
extension Workers {
    /// Makes a worker, which waits for its order.
    func spawn(_ number: WorkerNumber, _ generation: GenerationNumber, _ slot: Slot) -> Event {
        guard let release = generations.releases[generation] else {
            return .spawnFailed(number, reason: "its release is not known")
        }
        memoryKills.forgetEarlier()
        do {
            let spawn = try generations.spawn(slot, of: generation, release)
            if slot.isWeb, release.secure != nil, spawn.bundle == nil {
                return .spawnFailed(number, reason: "no certificate can be used: `deployd check` says why")
            }
            let worker = try spawn.start(number, generation, slot: slot)
            all[number] = worker
            try watch(worker)
            return .spawned(number, worker.identity)
        } catch {
            forget(number)
            return .spawnFailed(number, reason: error.explained)
        }
    }

    /// Hears from now on what becomes of a worker, and what it says.
    private func watch(_ worker: WorkerProcess) throws(SystemError) {
        try loop.add(worker.process.number, .readable, Token(.process, worker.number))
        try loop.add(worker.notifyNumber, .readable, Token(.notify, worker.number))
        if let acknowledge = worker.acknowledge {
            try loop.add(acknowledge.number, .readable, Token(.acknowledge, worker.number))
        }
    }

    /// A worker that could not be watched must not live on.
    private func forget(_ number: WorkerNumber) {
        guard let worker = all.removeValue(forKey: number) else { return }
        _ = try? worker.process.send(.kill)
        loop.remove(worker.notifyNumber)
        children.adopt(HelperProcess(adopting: worker))
        directory.forget(number)
    }

    /// Lets a launch step become the worker.
    ///
    /// - Parameter watchdog: how long it may be silent.
    func launch(_ number: WorkerNumber, watchdog: Duration?) {
        guard let worker = all[number], let order = generations.order(for: worker, watchdog: watchdog) else { return }
        do { try worker.launch(order) } catch {
            log("\(name(worker)): \(error)")
            kill(number)
        }
    }
}

// What an earlier master started.
extension Workers {
    /// Takes a worker over; false when it is lost.
    ///
    /// - Parameters:
    ///   - handoverVersion: see ``WorkerProcess/handoverVersion``.
    ///   - notify: its notify socket, when this process was the master that started it.
    ///   - board: its scoreboard, in the same case.
    func adopt(
        _ durable: DurableWorker, of generation: GenerationNumber, handoverVersion: Int,
        notify: consuming FileDescriptor?, board: consuming FileDescriptor?
    ) -> Bool {
        guard let identity = durable.process else { return false }
        let release = generations.releases[generation]
        do {
            let worker = try WorkerProcess(
                adopting: durable, identity, generation, directory, owner: release?.order.account?.uid,
                inherit: release?.inherit(durable.slot) ?? .listenFds, inherited: notify, board: board)
            let hasSocket = handovers.number(of: generation) != nil
            worker.hasHandover = durable.slot.isWeb && hasSocket
            worker.handoverVersion = hasSocket ? handoverVersion : 0
            worker.share = nil
            worker.isLeaving = [.draining, .terminating, .killed].contains(durable.stage)
            all[durable.number] = worker
            try watch(worker)
            tellHandovers(of: worker)
            return true
        } catch {
            all[durable.number] = nil
            log("worker \(durable.number) (pid \(identity.pid)) is lost: \(error)", .warning)
            return false
        }
    }

    /// Takes away the sockets of workers that are gone.
    func removeStaleSockets() {
        for name in (try? Files.list(directory.runtime)) ?? [] {
            // (Those of maintenance have numbers below.)
            guard let number = StateDirectory.worker(ofFile: name), all[number] == nil, number.rawValue > 0 else {
                continue
            }
            directory.forget(number)
        }
    }

    /// Sees to the end of what is left of workers that ended while no master was there to see it, and of those that hold our
    /// lanes though no state knows them.
    ///
    /// - Parameter others: workers that are others' business, by their pids.
    func endOrphans(of generations: [DurableGeneration], grace: Duration, but others: Set<Int32>) {
        for generation in generations {
            for worker in generation.workers where all[worker.number] == nil {
                guard let identity = worker.process else { continue }
                orphans.end(
                    orphans.members(of: identity), leftBy: identity.pid, generation.number, worker.slot, grace: grace)
            }
        }
        orphans.endStrays(
            among: listeners.holders(directory).workers, known: others.union(all.values.map(\.pid)),
            adopted: Set(all.keys))
    }
}

// The end of workers.
extension Workers {
    /// Reaps a worker that has ended; it has said its last. Nil: it has not.
    ///
    /// - Parameter grace: how long those may take to end whom it leaves behind.
    func ended(_ number: WorkerNumber, grace: Duration) -> Event? {
        guard let worker = all[number] else { return nil }
        let left = orphans.members(of: worker.identity)
        var end: WorkerEnd
        do {
            guard let status = try worker.process.reap() else { return nil }
            end = WorkerEnd(status, launchFailure: worker.launchFailure())
        } catch {
            // An adopted worker is another's child: that it is readable means that it has ended.
            guard error.errno == .noChild else {
                fatalError("worker \(number) (pid \(worker.pid)) cannot be reaped: \(error)")
            }
            end = .unobserved
        }
        end = witnessed(end, of: worker)
        loop.remove(worker.process.number)
        loop.remove(worker.notifyNumber)
        all[number] = nil
        handovers.setReceiving(number, of: worker.generation, version: 0)
        directory.forget(number)
        orphans.end(left, leftBy: worker.pid, worker.generation, worker.slot, grace: grace)
        return .exited(number, end)
    }

    /// The end of a worker, with what the kernel says of it besides.
    private func witnessed(_ end: WorkerEnd, of worker: WorkerProcess) -> WorkerEnd {
        switch end {
        case .signalled(name: Signal.kill.description, dumpedCore: _), .unobserved:
            let group = generations.groups.group(of: worker.generation)
            return memoryKills.happened(worker.generation, in: group) ? .outOfMemory : end
        case .signalled, .exited, .outOfMemory, .notLaunched, .silent, .gaveUp, .recycled: return end
        }
    }

    func forget(_ generation: GenerationNumber) { memoryKills.forget(generation) }
}
