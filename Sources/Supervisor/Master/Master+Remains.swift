internal import DeployCore
internal import Linux

// What is left of the session of a worker that has ended: a worker is over when its process is.
extension Master {
    /// Who is left of a worker's session. All who end in a turn of the loop are looked up in one reading of /proc. To be
    /// called before the worker is reaped, so that the number is still its own.
    func remains(of identity: ProcessIdentity) -> [Int32] {
        let census = census ?? Sessions.Census()
        self.census = census
        return census.members(of: identity.pid, startedAt: identity.startTime)
    }

    /// Sees to the end of those whom a worker left alive; its place may have a new worker meanwhile. Those who would be in
    /// that one's way, because they hold a port of their own, are killed at once.
    func end(_ members: [Int32], leftBy leader: Int32, _ generation: GenerationNumber, _ slot: Slot) {
        guard !members.isEmpty else { return }
        guard
            let left = WorkerRemains(
                members, of: leader, generation: generation, slot: slot,
                stage: .mayEnd(until: Self.now() + configuration.policies.killGrace), serial: loop.nextSerial)
        else { return }
        watch(left)
        let holdsPort = slot.process.flatMap { runnable(generation)?.process($0) }?.socket == .port
        if holdsPort { kill(left) }
    }

    private func watch(_ left: WorkerRemains) {
        for (serial, process) in left.processes {
            try? loop.add(process.process.number, .readable, Token(.remains, serial))
        }
        remains.append(left)
    }

    /// Sees to the end of workers that hold our lanes though no state knows them: it could not be written when they were
    /// started. To be called before a worker is started, which may get the number of one of them. Who does not say which
    /// worker he is may be anything, and is named.
    func endStrays(but adopted: Set<WorkerNumber>) {
        let known = Set(workers.values.map(\.pid)).union(remains.map(\.leader))
        let others = listeners.holders(directory).workers.filter { !$0.belongs(to: known) }
        let strays = others.filter { $0.worker.map { !adopted.contains($0) } ?? false }
        for holder in others where holder.worker == nil {
            log(
                "\(holder.description) has a listening socket of ours, but is not in the state: if it is no longer wanted, "
                    + "`\([holder].command)`; a stop ends it", .warning)
        }
        for (leader, members) in Dictionary(grouping: strays, by: \.leader) {
            let slot = members.compactMap(\.slot).first ?? Slot(1)
            guard let generation = members.compactMap(\.generation).first,
                let left = WorkerRemains(
                    members.map(\.pid), of: leader, isWorker: true, generation: generation, slot: slot,
                    stage: .mayEnd(until: Self.now()), serial: loop.nextSerial)
            else { continue }
            watch(left)
        }
    }

    /// One of those who were left behind has ended.
    func remainEnded(_ serial: UInt64) {
        guard let index = remains.firstIndex(where: { $0.processes[serial] != nil }),
            let process = remains[index].processes[serial]
        else { return }
        loop.remove(process.process.number)
        if remains[index].ended(serial) { remains.remove(at: index) }
    }

    /// Does what is due: the drain signal first, SIGKILL when the time for draining is over.
    func expireRemains(at now: Instant) {
        for left in remains {
            guard let deadline = left.deadline, deadline <= now else { continue }
            let generation = machine.generation(left.generation)
            // A worker of a generation that no state knows may have users all the same.
            let least = left.isWorker ? now + Defaults.drainRequests : now
            let limit = generation?.drainDeadlines(of: left.slot, at: now).requests ?? least
            if case .mayEnd = left.stage, limit > now {
                let signal = runnable(left.generation)?.drainSignal(left.slot) ?? .term
                log("\(said(of: left)): \(signal), and SIGKILL in \((limit - now).text)", .warning)
                left.drain(signal, until: limit)
            } else {
                kill(left)
            }
        }
    }

    private func kill(_ left: WorkerRemains) {
        log("\(said(of: left)): SIGKILL", .warning)
        left.kill()
    }

    private func said(of left: WorkerRemains) -> String {
        let count = left.processes.count
        if left.isWorker {
            return
                "\(name(left.generation)): worker \(left.slot) (pid \(left.leader)) accepts, but is not in the state"
        }
        return "\(name(left.generation)): worker \(left.slot) (pid \(left.leader)) has ended and left "
            + (count == 1 ? "a process behind" : "\(count) processes behind")
    }

    /// When there is something to do.
    var remainsDeadline: Instant? { remains.compactMap(\.deadline).min() }
}
