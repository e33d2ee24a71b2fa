// Its users, and the way out.
extension GenerationMachine {
    /// New connections are steered to it.
    mutating func serve(numbering: inout Numbering, at now: Instant) -> Step {
        switch state {
        case .standingBy, .warm:
            enter(.serving, at: now)
            isEvacuated = false
            recycling.planMeasure(policies.recycle, at: now)
            return Step(effects: adjust(numbering: &numbering, at: now))
        case .serving:
            return Step()
        case .preparing, .opening, .proving, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to serve in state \(state)")
        }
    }

    /// Its successor serves, and is watched.
    mutating func stayWarm(at now: Instant) -> Step {
        switch state {
        case .serving:
            enter(.warm(until: nil), at: now)
            return Step()
        case .preparing, .opening, .proving, .standingBy, .warm, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to stay warm in state \(state)")
        }
    }

    /// Its successor serves for good, and users may yet want to go back: for so long.
    mutating func stayWarm(until end: Instant) -> Step {
        state = .warm(until: end)
        return Step()
    }

    /// A deploy goes back to it: it does not retire meanwhile, and has as many web workers as are wanted by now.
    mutating func prepareReturn(workers: Int, numbering: inout Numbering, at now: Instant) -> Step {
        state = .warm(until: nil)
        pool.wanted = workers
        return Step(effects: pool.fill(isLeaving: false, numbering: &numbering, at: now))
    }

    /// The deploy to it is given up: what no user has met ends at once; what was warm stays so for as long as it would have.
    mutating func abandon(warmUntil: Instant?, at now: Instant) -> Step {
        switch state {
        case .warm: state = .warm(until: warmUntil)
        case .retiring, .draining: break
        case .preparing, .opening, .proving, .standingBy, .serving, .ending, .gone: return end(at: now)
        }
        return Step()
    }

    /// Another generation serves for good: its lanes run empty, then its workers drain.
    mutating func retire(numbering: inout Numbering, at now: Instant) -> Step {
        switch state {
        case .standingBy, .serving, .warm:
            enter(.retiring(Retirement(policies.retire, since: now)), at: now)
            // Whoever drains may need one that died while nobody looked.
            let started = pool.fill(isLeaving: true, numbering: &numbering, at: now)
            return Step(effects: started + [.askQueue(number)])
        case .preparing, .opening, .proving, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) is to retire in state \(state)")
        }
    }

    mutating func queueLength(_ length: Int, at now: Instant) -> Step {
        switch state {
        case .retiring(var retirement):
            emptying(retirement.found(length, at: now), retirement, at: now)
        case .preparing, .opening, .proving, .standingBy, .serving, .warm, .draining, .ending, .gone:
            Step()
        }
    }

    /// Does the next thing for the emptying of its lanes.
    mutating func emptying(_ move: Retirement.Move, _ retirement: Retirement, at now: Instant) -> Step {
        state = .retiring(retirement)
        switch move {
        case .wait: return Step()
        case .ask: return Step(effects: [.askQueue(number)])
        case .drain: return drain(at: now)
        case .drainAnyway(let waiting):
            return Step(effects: [.report(nil, .note(.queueNotEmpty(number, waiting: waiting)))]) + drain(at: now)
        }
    }

    /// Its workers finish what they have.
    mutating func drain(at now: Instant) -> Step {
        if state != .draining { enter(.draining, at: now) }
        return Step(effects: pool.drain(at: now)) + goneIfEmpty(at: now)
    }

    /// Goes on with its end when one of its workers is gone.
    mutating func drainOn(at now: Instant) -> Step {
        let effects = state == .draining ? pool.drainOn(at: now) : []
        return Step(effects: effects) + goneIfEmpty(at: now)
    }

    /// Its workers exit at once.
    mutating func end(at now: Instant) -> Step {
        guard state != .gone else { return Step() }
        enter(.ending, at: now)
        return Step(effects: pool.terminate(at: now)) + goneIfEmpty(at: now)
    }

    /// The master stops: users are let finish within the deadlines that the release has for every drain, or sooner where
    /// the operator has set a limit; what no user has met ends at once.
    mutating func stop(by limit: Instant?, metUsers: Bool, at now: Instant) -> Step {
        pool.stopBy = pool.stopBy.earlier(limit)
        switch state {
        case .preparing, .opening, .proving:
            return end(at: now)
        case .standingBy:
            return metUsers ? drain(at: now) : end(at: now)
        case .serving, .warm, .retiring, .draining:
            return drain(at: now)
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
}
