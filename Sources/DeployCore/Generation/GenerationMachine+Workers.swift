// What its workers do.
extension GenerationMachine {
    mutating func spawned(
        _ worker: WorkerNumber, _ process: ProcessIdentity, numbering: inout Numbering, at now: Instant
    ) -> Step {
        guard let slot = pool[worker]?.slot else { return Step() }
        switch state {
        case .proving(let proof) where !proof.isProbing:
            let effects = pool.tell(worker, .spawned(process, readyBy: nil), at: now)
            return Step(effects: effects) + prove(at: now) { $0.proceed($1) }
        case .serving, .warm, .retiring, .draining:
            var effects = pool.tell(worker, .spawned(process, readyBy: now + policies.readyTimeout), at: now)
            if !pool.announces(slot) {
                // Nothing will tell when it is ready. Its siblings serve, and the release is proven.
                effects += pool.tell(worker, .ready, at: now)
                effects += adjust(numbering: &numbering, at: now)
            }
            return Step(effects: effects)
        case .ending:
            return Step(effects: pool.tell(worker, .spawned(process, readyBy: nil), at: now))
        case .preparing, .opening, .proving, .standingBy, .gone:
            fatalError("worker \(worker) of generation \(number) was spawned in state \(state)")
        }
    }

    mutating func spawnFailed(_ worker: WorkerNumber, reason: String, at now: Instant) -> Step {
        guard let failed = pool[worker] else { return Step() }
        switch state {
        case .proving(let proof) where !proof.isProbing:
            _ = pool.tell(worker, .spawnFailed(retryAt: nil), at: now)
            return Step(news: [.failed(.notSpawned(slot: failed.slot, reason: reason))])
        case .serving, .warm, .retiring, .draining:
            let step = Step(effects: pool.spawnFailed(worker, reason: reason, at: now))
            return failed.isLeaving && state == .draining ? step + drainOn(at: now) : step
        case .ending:
            _ = pool.tell(worker, .spawnFailed(retryAt: nil), at: now)
            return goneIfEmpty(at: now)
        case .preparing, .opening, .proving, .standingBy, .gone:
            fatalError("worker \(worker) of generation \(number) failed to spawn in state \(state)")
        }
    }

    mutating func ready(_ worker: WorkerNumber, level: WorkerLevel, numbering: inout Numbering, at now: Instant) -> Step
    {
        guard let (effects, isNew) = pool.ready(worker, level: level, at: now) else { return Step() }
        let step = Step(effects: effects)
        switch state {
        case .proving:
            return isNew ? step + prove(at: now) { $0.announced($1) } : step
        case .serving:
            return step + Step(effects: adjust(numbering: &numbering, at: now))
        case .preparing, .opening, .standingBy, .warm, .retiring, .draining, .ending, .gone:
            return step
        }
    }

    /// A worker that says what makes its release unfit for these listeners. Of one that users have met it is known already.
    func unfit(_ worker: WorkerNumber, reason: String) -> Step {
        guard let slot = pool[worker]?.slot, case .proving = state else { return Step() }
        return Step(news: [.failed(.unfit(slot: slot, reason: reason))])
    }

    mutating func extended(_ worker: WorkerNumber, by duration: Duration, at now: Instant) -> Step {
        guard pool[worker] != nil else { return Step() }
        switch state {
        case .proving(var proof):
            proof.extend(to: now + duration)
            state = .proving(proof)
        case .serving, .warm, .retiring:
            _ = pool.tell(worker, .extended(until: now + duration), at: now)
        case .preparing, .opening, .standingBy, .draining, .ending, .gone:
            break
        }
        return Step()
    }

    mutating func pulse(_ worker: WorkerNumber, _ pulse: Pulse, at now: Instant) -> Step {
        judged(pool.pulse(worker, pulse, at: now))
    }

    /// Says what it means that watchdogs end workers.
    func judged(_ heard: (effects: [Effect], verdicts: [LostWorker])) -> Step {
        let news: [GenerationNews] =
            switch state {
            case .proving, .standingBy: heard.verdicts.map { .failed(.exitedEarly($0)) }
            case .serving, .warm, .retiring: heard.verdicts.map { .lost($0) }
            case .preparing, .opening, .draining, .ending, .gone: []
            }
        return Step(effects: heard.effects, news: news)
    }

    /// A worker was asked how many upgraded connections it has left; nil: it does not count them.
    mutating func upgrades(_ worker: WorkerNumber, _ count: Int?, at now: Instant) -> Step {
        Step(effects: pool.tell(worker, .upgrades(count), at: now))
    }

    /// The memory of its workers, in bytes.
    mutating func measured(_ bytes: [WorkerNumber: Int], numbering: inout Numbering, at now: Instant) -> Step {
        recycling.planMeasure(policies.recycle, at: now)
        guard state == .serving else { return Step() }
        return Step(effects: recycling.measured(bytes, &pool, numbering: &numbering, at: now))
    }

    mutating func exited(_ worker: WorkerNumber, _ end: WorkerEnd, numbering: inout Numbering, at now: Instant) -> Step
    {
        guard let (old, lost) = pool.exited(worker, end, at: now) else { return Step() }
        switch state {
        case .proving, .standingBy:
            return Step(news: old.watchdog.isTold ? [] : [.failed(.exitedEarly(lost))])
        case .serving, .warm, .retiring:
            guard !old.isLeaving else { return Step() }
            // Its successor is there, or on its way.
            guard old.recycling == nil else {
                return Step(effects: [.report(nil, .note(.exitedRecycled(number, lost)))])
            }
            let effects = pool.respawn(old, lost, numbering: &numbering, at: now)
            return Step(effects: effects, news: old.watchdog.isTold ? [] : [.lost(lost)])
        case .draining where !old.isLeaving && pool.isHeldBack(old.slot):
            return Step(effects: pool.respawn(old, lost, numbering: &numbering, at: now))
        case .draining, .ending:
            return drainOn(at: now)
        case .preparing, .opening, .gone:
            fatalError("worker \(worker) of generation \(number) exited in state \(state)")
        }
    }

    /// Starts workers that are wanting, and drains those that are too many or replaced, while it serves.
    mutating func adjust(numbering: inout Numbering, at now: Instant) -> [Effect] {
        guard state == .serving else { return [] }
        let started = pool.fill(isLeaving: false, numbering: &numbering, at: now)
        return started + pool.drainOutgoing(at: now) + pool.shed(at: now)
    }
}
