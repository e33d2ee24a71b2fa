extension GenerationMachine {
    /// New connections are steered to it.
    mutating func serve(numbering: inout Numbering, at now: Instant) -> Step {
        switch state {
        case .standingBy, .warm:
            enter(.serving, at: now)
            isEvacuated = false
            planMeasure(at: now)
            return Step(effects: adjust(numbering: &numbering, at: now))
        case .serving:
            return Step()
        case .preparing, .opening, .booting, .probing, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to serve in state \(state)")
        }
    }

    /// Its successor serves, and is watched.
    mutating func stayWarm(at now: Instant) {
        switch state {
        case .serving:
            enter(.warm, at: now)
        case .preparing, .opening, .booting, .probing, .standingBy, .warm, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to stay warm in state \(state)")
        }
    }

    /// Another generation serves for good: its lanes run empty, then its workers drain.
    mutating func retire(numbering: inout Numbering, at now: Instant) -> Step {
        switch state {
        case .standingBy, .serving, .warm:
            enter(.retiring(Retirement(since: now)), at: now)
            // Whoever drains may need one that died while nobody looked.
            return Step(effects: fill(numbering: &numbering, at: now) + [.askQueue(number)])
        case .preparing, .opening, .booting, .probing, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to retire in state \(state)")
        }
    }

    mutating func queueLength(_ length: Int, at now: Instant) -> Step {
        switch state {
        case .retiring(var retirement):
            retirement.waiting = length
            retirement.emptySince = length > 0 ? nil : retirement.emptySince ?? now
            if let emptySince = retirement.emptySince, now - emptySince >= policies.retire.quiet {
                return drain(drainDeadlines(at: now), at: now)
            }
            retirement.nextAsk = now + policies.retire.interval
            state = .retiring(retirement)
            return Step()
        case .preparing, .opening, .booting, .probing, .standingBy, .serving, .warm, .draining, .ending, .gone:
            return Step()
        }
    }

    package func drainDeadlines(at now: Instant) -> DrainDeadlines {
        DrainDeadlines(requests: now + policies.drain.requests, upgrades: now + policies.drain.upgrades)
            .within(stopBy)
    }

    /// When the last of its workers is asked to exit at once, at the latest; nil: it does not drain.
    package var drainsUntil: Instant? { drainsUntil(hasUpgrades: true) }

    /// The same where it is known whether anybody has upgraded connections: who has none is not waited for any longer than
    /// for his requests.
    package func drainsUntil(hasUpgrades: Bool) -> Instant? {
        switch state {
        case .draining, .ending: break
        case .preparing, .opening, .booting, .probing, .standingBy, .serving, .warm, .retiring, .gone: return nil
        }
        let told = workers.compactMap { $0.leavesBy(hasUpgrades: hasUpgrades) }.max()
        // Those who are held back begin when the others are gone.
        let held = workers.filter { !$0.isLeaving }.compactMap { process($0.slot)?.drain.longest }.max()
        return (told.map { $0 + (held ?? .zero) }).map { end in stopBy.map { min($0, end) } ?? end }
    }

    /// A worker was asked how many upgraded connections it has left; nil: it does not count them.
    mutating func upgrades(_ worker: WorkerNumber, _ count: Int?, at now: Instant) -> Step {
        guard let index = index(of: worker) else { return Step() }
        return Step(effects: workers[index].handle(.upgrades(count), at: now))
    }

    /// Its workers finish what they have; those whom others of them need begin when these are gone.
    mutating func drain(_ deadlines: DrainDeadlines, at now: Instant) -> Step {
        if state != .draining { enter(.draining, at: now) }
        var step = Step()
        let held = Set(workers.filter { isHeldBack($0.slot) }.map(\.number))
        for index in workers.indices where !held.contains(workers[index].number) {
            let slot = workers[index].slot
            let own = slot.isWeb ? deadlines : drainDeadlines(of: slot, at: now)
            step.effects += workers[index].handle(.drain(own), at: now)
        }
        dropGone()
        step += drainOn(at: now)
        return step
    }

    /// Its workers exit at once.
    mutating func end(at now: Instant) -> Step {
        guard state != .gone else { return Step() }
        enter(.ending, at: now)
        var step = Step()
        for index in workers.indices {
            workers[index].isLeaving = true
            step.effects += workers[index].handle(.terminate, at: now)
        }
        dropGone()
        step += goneIfEmpty(at: now)
        return step
    }

    /// The master stops: users are let finish within the deadlines that the release has for every drain, or sooner where
    /// the operator has set a limit; what no user has met ends at once.
    mutating func stop(by limit: Instant?, metUsers: Bool, at now: Instant) -> Step {
        stopBy = stopBy.earlier(limit)
        let deadlines = drainDeadlines(at: now)
        switch state {
        case .preparing, .opening, .booting, .probing:
            return end(at: now)
        case .standingBy:
            return metUsers ? drain(deadlines, at: now) : end(at: now)
        case .serving, .warm, .retiring, .draining:
            return drain(deadlines, at: now)
        case .ending, .gone:
            return Step()
        }
    }

    mutating func goneIfEmpty(at now: Instant) -> Step {
        guard workers.isEmpty, lanes != .requested else { return Step() }
        let effects = lanes == .held ? [Effect.releaseLanes(number)] : []
        lanes = .none
        enter(.gone, at: now)
        return Step(effects: effects)
    }

    /// Deadlines that have come, its own first.
    mutating func tick(numbering: inout Numbering, at now: Instant) -> Step {
        var step = Step()
        switch state {
        case .booting(let deadline), .probing(let deadline):
            if now >= deadline { return Step(news: [.failed(outOfTime())]) }
            if let nextAt = probes.nextAt, now >= nextAt { step.effects += probe() }
        case .retiring(let retirement):
            step += tickRetiring(retirement, at: now)
        case .serving:
            step += tickRecycling(numbering: &numbering, at: now)
        case .preparing, .opening, .standingBy, .warm, .draining, .ending, .gone:
            break
        }
        for index in workers.indices {
            step.effects += workers[index].handle(.tick, at: now)
            step += tellVerdict(on: index)
        }
        return step
    }

    private mutating func tickRetiring(_ retirement: Retirement, at now: Instant) -> Step {
        if now >= retirement.since + policies.retire.limit {
            var step = Step(effects: [.report(nil, .note(.queueNotEmpty(number, waiting: retirement.waiting)))])
            step += drain(drainDeadlines(at: now), at: now)
            return step
        }
        guard let nextAsk = retirement.nextAsk, now >= nextAsk else { return Step() }
        var asking = retirement
        asking.nextAsk = nil
        state = .retiring(asking)
        return Step(effects: [.askQueue(number)])
    }
}
