extension GenerationMachine {
    mutating func spawned(
        _ worker: WorkerNumber, _ process: ProcessIdentity, numbering: inout Numbering, at now: Instant
    ) -> Step {
        guard let index = index(of: worker) else { return Step() }
        switch state {
        case .booting:
            let effects = workers[index].handle(.spawned(process, readyBy: nil), at: now)
            return Step(effects: effects) + proceed(at: now)
        case .serving, .warm, .retiring, .draining:
            var effects = workers[index].handle(.spawned(process, readyBy: now + policies.readyTimeout), at: now)
            if !announces(workers[index].slot) {
                // Nothing will tell when it is ready. Its siblings serve, and the release is proven.
                effects += workers[index].handle(.ready, at: now)
                effects += adjust(numbering: &numbering, at: now)
            }
            return Step(effects: effects)
        case .ending:
            return Step(effects: workers[index].handle(.spawned(process, readyBy: nil), at: now))
        case .preparing, .opening, .probing, .standingBy, .gone:
            fatalError("worker \(worker) of generation \(number) was spawned in state \(state)")
        }
    }

    mutating func spawnFailed(_ worker: WorkerNumber, reason: String, at now: Instant) -> Step {
        guard let index = index(of: worker) else { return Step() }
        let slot = workers[index].slot
        switch state {
        case .booting:
            _ = workers[index].handle(.spawnFailed(retryAt: nil), at: now)
            dropGone()
            return Step(news: [.failed(.notSpawned(slot: slot, reason: reason))])
        case .serving, .warm, .retiring, .draining:
            guard !workers[index].isLeaving else {
                _ = workers[index].handle(.spawnFailed(retryAt: nil), at: now)
                dropGone()
                return state == .draining ? drainOn(at: now) : Step()
            }
            let retryAt = backoff.failed(at: now)
            let effects = workers[index].handle(.spawnFailed(retryAt: retryAt), at: now)
            workers[index].spawnFailure = reason
            let note = Note.notSpawned(number, slot: slot, reason: reason, retryIn: retryAt - now)
            return Step(effects: effects + [.report(nil, .note(note))])
        case .ending:
            _ = workers[index].handle(.spawnFailed(retryAt: nil), at: now)
            dropGone()
            return goneIfEmpty(at: now)
        case .preparing, .opening, .probing, .standingBy, .gone:
            fatalError("worker \(worker) of generation \(number) failed to spawn in state \(state)")
        }
    }

    mutating func exited(_ worker: WorkerNumber, _ end: WorkerEnd, numbering: inout Numbering, at now: Instant) -> Step
    {
        guard let index = index(of: worker), let process = workers[index].process
        else {
            return Step()
        }
        _ = workers[index].handle(.exited, at: now)
        let old = workers.remove(at: index)
        let lost = LostWorker(worker: worker, slot: old.slot, pid: process.pid, end: old.watchdog.verdict ?? end)
        switch state {
        case .booting, .probing, .standingBy:
            return Step(news: old.watchdog.isTold ? [] : [.failed(.exitedEarly(lost))])
        case .serving, .warm, .retiring:
            guard !old.isLeaving else { return Step() }
            // Its successor is there, or on its way.
            guard old.recycling == nil else {
                return Step(effects: [.report(nil, .note(.exitedRecycled(number, lost)))])
            }
            let effects = respawn(old, lost, numbering: &numbering, at: now)
            return Step(effects: effects, news: old.watchdog.isTold ? [] : [.lost(lost)])
        case .draining where !old.isLeaving && isHeldBack(old.slot):
            return Step(effects: respawn(old, lost, numbering: &numbering, at: now))
        case .draining, .ending:
            return drainOn(at: now)
        case .preparing, .opening, .gone:
            fatalError("worker \(worker) of generation \(number) exited in state \(state)")
        }
    }

    /// The successor of a worker that was lost: same slot, same release, after the back-off.
    private mutating func respawn(
        _ old: WorkerMachine, _ lost: LostWorker, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        let startAt = backoff.failed(at: now)
        workers.append(
            WorkerMachine(
                number: numbering.worker(), generation: number, slot: old.slot, restarts: old.restarts + 1,
                lastEnd: lost.end, startAt: startAt, grace: policies.terminateGrace,
                watchdog: watchdog(of: old.slot), at: now))
        var effects = [Effect.report(nil, .note(.exited(number, lost, respawnIn: startAt - now)))]
        if crashes.exited(at: now) {
            effects.append(.report(nil, .note(.crashLoop(number))))
        }
        return effects
    }

    mutating func extended(_ worker: WorkerNumber, by duration: Duration, at now: Instant) {
        guard let index = index(of: worker) else { return }
        switch state {
        case .booting(let deadline):
            state = .booting(deadline: max(deadline, now + duration))
        case .probing(let deadline):
            state = .probing(deadline: max(deadline, now + duration))
        case .serving, .warm, .retiring:
            _ = workers[index].handle(.extended(until: now + duration), at: now)
        case .preparing, .opening, .standingBy, .draining, .ending, .gone:
            break
        }
    }

    /// Starts workers that are wanting, and drains those that are too many, the highest slots first, as long as another
    /// one is ready to accept what comes.
    mutating func adjust(numbering: inout Numbering, at now: Instant) -> [Effect] {
        guard state == .serving else { return [] }
        let staying = webWorkers.sorted { $0.slot < $1.slot }
        var effects = fill(numbering: &numbering, at: now) + drainOutgoing(at: now)
        if staying.count > wanted {
            let someoneStays = staying.prefix(wanted).contains(where: \.isReady)
            for surplus in staying.dropFirst(wanted) where someoneStays || !surplus.isReady {
                guard let index = index(of: surplus.number) else { continue }
                effects += workers[index].handle(.drain(drainDeadlines(at: now)), at: now)
            }
            dropGone()
        }
        return effects
    }

    /// Starts workers that are wanting, of each kind in the lowest free slots. `lost` are those that had slots before.
    mutating func fill(
        replacing lost: [DurableWorker] = [], numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        strength.flatMap { process, count in
            let missing = count - staying.count { $0.slot.process == process }
            guard missing > 0 else { return [Effect]() }
            // (Beside a worker that is being replaced there is room.)
            let taken = Set(workers.filter { $0.recycling == nil }.map(\.slot))
            let free = (1...(count + workers.count)).map { Slot($0, of: process) }.filter { !taken.contains($0) }
            return free.prefix(missing).flatMap { slot in
                add(slot: slot, replacing: lost.last { $0.slot == slot }, numbering: &numbering, at: now)
            }
        }
    }

    mutating func dropGone() {
        workers.removeAll { $0.state == .gone }
    }
}
