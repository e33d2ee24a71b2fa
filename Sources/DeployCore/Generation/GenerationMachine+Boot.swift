extension GenerationMachine {
    /// The durable state knows of it: it may have lanes and processes.
    mutating func begin(at now: Instant) -> Step {
        switch state {
        case .preparing:
            enter(.opening, at: now)
            lanes = .requested
            return Step(effects: [.openLanes(number)])
        case .opening, .booting, .probing, .standingBy, .serving, .warm, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) begins in state \(state)")
        }
    }

    mutating func lanesOpened(numbering: inout Numbering, at now: Instant) -> Step {
        lanes = .held
        switch state {
        case .opening:
            enter(.booting(deadline: now + policies.readyTimeout), at: now)
            return Step(effects: places.flatMap { add(slot: $0, numbering: &numbering, at: now) })
        case .ending:
            return goneIfEmpty(at: now)
        case .preparing, .booting, .probing, .standingBy, .serving, .warm, .retiring, .draining, .gone:
            fatalError("generation \(number) got lanes in state \(state)")
        }
    }

    mutating func lanesFailed(reason: String, at now: Instant) -> Step {
        lanes = .none
        switch state {
        case .opening:
            return Step(news: [.failed(.noLanes(reason: reason))])
        case .ending:
            return goneIfEmpty(at: now)
        case .preparing, .booting, .probing, .standingBy, .serving, .warm, .retiring, .draining, .gone:
            fatalError("generation \(number) was refused lanes in state \(state)")
        }
    }

    /// A new worker in a free slot, started at once.
    mutating func add(
        slot: Slot, replacing lost: DurableWorker? = nil, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        var worker = WorkerMachine(
            number: numbering.worker(), generation: number, slot: slot, restarts: lost.map { $0.restarts + 1 } ?? 0,
            lastEnd: lost.map { _ in .unobserved }, startAt: now, grace: policies.terminateGrace,
            watchdog: watchdog(of: slot), at: now)
        let effects = worker.handle(.tick, at: now)
        workers.append(worker)
        return effects
    }

    mutating func ready(_ worker: WorkerNumber, level: WorkerLevel, numbering: inout Numbering, at now: Instant) -> Step
    {
        guard let index = index(of: worker) else { return Step() }
        workers[index].level = max(level, workers[index].level)
        guard believes(workers[index].slot) else { return Step() }
        let wasReady = workers[index].isReady
        var step = Step(effects: workers[index].handle(.ready, at: now))
        switch state {
        case .booting, .probing:
            // Also a first word after a first answer: from now on, all are waited for.
            if !wasReady { step += announced(at: now) }
        case .serving:
            step.effects += adjust(numbering: &numbering, at: now)
        case .preparing, .opening, .standingBy, .warm, .retiring, .draining, .ending, .gone:
            break
        }
        return step
    }

    private mutating func announced(at now: Instant) -> Step {
        probes.nextAt = nil
        return proceed(at: now)
    }

    /// Goes on with the proof, once everybody runs and whoever says READY=1 has said so.
    mutating func proceed(at now: Instant) -> Step {
        guard workers.allSatisfy({ $0.process != nil }), !waitsForWord else { return Step() }
        guard plan.readiness.isProbed else { return prove(at: now) }
        // What was answered while some workers were not ready says nothing of them.
        if announces || stage == .probing { return startProbing(successes: 0, at: now) }
        return Step(effects: probes.inFlight ? [] : probe())
    }

    /// Workers that say READY=1 are waited for, whatever the probes say; without that word, an answer has to do.
    private var waitsForWord: Bool {
        workers.contains { !$0.isReady && announces($0.slot) }
    }

    /// Whose word, or answer, is wanting.
    var awaited: [Slot] {
        workers.filter { !$0.isReady && ($0.slot.isWeb || announces($0.slot)) }.map(\.slot).sorted()
    }

    private mutating func startProbing(successes: Int, at now: Instant) -> Step {
        // One limit for all of it: a worker that is ready may still have to load what answers.
        enter(.probing(deadline: proofDeadline ?? now + policies.readyTimeout), at: now)
        probes.successes = successes
        var step = Step(news: [.ready])
        if successes >= policies.probe.count {
            step += prove(at: now)
        } else if !probes.inFlight {
            step.effects += probe()
        }
        return step
    }

    private var proofDeadline: Instant? {
        switch state {
        case .booting(let deadline), .probing(let deadline): deadline
        case .preparing, .opening, .standingBy, .serving, .warm, .retiring, .draining, .ending, .gone: nil
        }
    }

    private mutating func prove(at now: Instant) -> Step {
        enter(.standingBy, at: now)
        probes.nextAt = nil
        for index in workers.indices {
            _ = workers[index].handle(.ready, at: now)
        }
        return Step(news: [.proven])
    }

    mutating func probe() -> [Effect] {
        probes.inFlight = true
        probes.nextAt = nil
        return [.probe(number)]
    }

    mutating func probeSucceeded(at now: Instant) -> Step {
        probes.inFlight = false
        probes.definiteSince = nil
        switch state {
        case .booting:
            return waitsForWord ? Step() : startProbing(successes: 1, at: now)
        case .probing:
            guard !waitsForWord else { return Step() }
            probes.successes += 1
            return probes.successes >= policies.probe.count ? prove(at: now) : Step(effects: probe())
        case .preparing, .opening, .standingBy, .serving, .warm, .retiring, .draining, .ending, .gone:
            return Step()
        }
    }

    mutating func probeFailed(_ failure: ProbeFailure, at now: Instant) -> Step {
        probes.inFlight = false
        probes.successes = 0
        probes.lastFailure = failure.text
        probes.definiteSince = failure.isDefinite ? probes.definiteSince ?? now : nil
        switch state {
        case .booting, .probing:
            guard !waitsForWord else {
                probes.nextAt = nil
                return Step()
            }
            if let since = probes.definiteSince, now - since >= policies.probe.steadyLimit {
                return Step(news: [.failed(.answersBadly(lasting: now - since, lastProbe: failure.text))])
            }
            probes.nextAt = now + policies.probe.interval
        case .preparing, .opening, .standingBy, .serving, .warm, .retiring, .draining, .ending, .gone:
            break
        }
        return Step()
    }

    /// The boot's, or the proof's, time is over.
    func outOfTime() -> Failure {
        let limit = policies.readyTimeout
        // Nobody is asked for a word that its program does not know.
        guard waitsForWord else {
            let unanswered = probes.inFlight ? "it was still unanswered" : nil
            return .notAnswering(after: limit, lastProbe: probes.lastFailure ?? unanswered)
        }
        return .neverReady(slots: awaited, after: limit, lastProbe: probes.lastFailure)
    }
}
