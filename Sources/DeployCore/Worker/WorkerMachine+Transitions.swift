extension WorkerMachine {
    /// Takes what happened, and returns what is to be done.
    mutating func handle(_ input: Input, at now: Instant) -> [Effect] {
        let before = stage
        defer { if stage != before { since = now } }
        return take(input, at: now)
    }

    private mutating func take(_ input: Input, at now: Instant) -> [Effect] {
        switch input {
        case .spawned(let process, let readyBy): spawned(process, readyBy: readyBy)
        case .spawnFailed(let retryAt): spawnFailed(retryAt: retryAt)
        case .ready: becameReady(at: now)
        case .extended(let until): extended(until: until)
        case .pulse(let pulse): self.pulse(pulse, at: now)
        case .drain(let deadlines): drain(deadlines)
        case .upgrades(let count): upgrades(count, at: now)
        case .terminate: terminate(at: now)
        case .exited: exited()
        case .tick: tick(at: now)
        }
    }

    private mutating func spawned(_ process: ProcessIdentity, readyBy: Instant?) -> [Effect] {
        switch state {
        case .spawning:
            spawnFailure = nil
            state = .starting(process, deadline: readyBy)
            return [.launch(number)]
        case .unwanted:
            // It has not become the worker yet: there is nothing that it could finish.
            state = .killed(process)
            return [.kill(number)]
        case .waiting, .starting, .ready, .draining, .terminating, .killed, .gone:
            fatalError("worker \(number) was spawned in state \(state)")
        }
    }

    private mutating func spawnFailed(retryAt: Instant?) -> [Effect] {
        switch state {
        case .spawning:
            state = retryAt.map { .waiting(until: $0) } ?? .gone
            return []
        case .unwanted:
            state = .gone
            return []
        case .waiting, .starting, .ready, .draining, .terminating, .killed, .gone:
            fatalError("worker \(number) failed to spawn in state \(state)")
        }
    }

    private mutating func becameReady(at now: Instant) -> [Effect] {
        switch state {
        case .starting(let process, _):
            state = .ready(process, since: now)
            watchdog.heardAt = now
            return []
        case .waiting, .spawning, .unwanted, .ready, .draining, .terminating, .killed, .gone:
            return []
        }
    }

    private mutating func extended(until: Instant) -> [Effect] {
        switch state {
        case .starting(let process, let deadline?):
            state = .starting(process, deadline: max(deadline, until))
            return []
        case .waiting, .spawning, .unwanted, .starting(_, nil), .ready, .draining, .terminating, .killed, .gone:
            return []
        }
    }

    private mutating func drain(_ deadlines: DrainDeadlines) -> [Effect] {
        isLeaving = true
        switch state {
        case .waiting:
            state = .gone
            return []
        case .spawning:
            state = .unwanted
            return []
        case .starting(let process, _), .ready(let process, _):
            state = .draining(process, deadline: deadlines.first(for: level))
            drainDeadlines = deadlines
            return [.drain(number, deadlines)]
        case .draining(let process, let deadline):
            let stricter = deadlines.stricter(drainDeadlines)
            guard stricter != drainDeadlines else { return [] }
            state = .draining(process, deadline: min(deadline, stricter.last(for: level)))
            drainDeadlines = stricter
            return [.drain(number, stricter)]
        case .unwanted, .terminating, .killed, .gone:
            return []
        }
    }

    /// With requests it is out of time. What it has left besides may stay until its own deadline; a worker that hangs and
    /// has nothing left is not waited for.
    private mutating func upgrades(_ count: Int?, at now: Instant) -> [Effect] {
        guard case .draining = state, let drainDeadlines, now >= drainDeadlines.requests, count == 0 else { return [] }
        return [.report(nil, .note(.drainDeadline(generation, slot: slot)))] + terminate(at: now)
    }

    private mutating func terminate(at now: Instant) -> [Effect] {
        switch state {
        case .waiting:
            state = .gone
            return []
        case .spawning:
            state = .unwanted
            return []
        case .starting(let process, _), .ready(let process, _), .draining(let process, _):
            state = .terminating(process, killAt: now + grace)
            return [.terminate(number)]
        case .unwanted, .terminating, .killed, .gone:
            return []
        }
    }

    private mutating func exited() -> [Effect] {
        switch state {
        case .starting, .ready, .draining, .terminating, .killed:
            state = .gone
            return []
        case .waiting, .spawning, .unwanted, .gone:
            fatalError("worker \(number) exited in state \(state)")
        }
    }

    private mutating func tick(at now: Instant) -> [Effect] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        switch state {
        case .waiting:
            state = .spawning
            return [.spawn(number, generation, slot: slot)]
        case .starting:
            return [.report(nil, .note(.slowRespawn(generation, slot: slot)))] + terminate(at: now)
        case .draining(let process, _):
            if let last = drainDeadlines?.last(for: level), now < last {
                state = .draining(process, deadline: last)
                return [.askUpgrades(number)]
            }
            return [.report(nil, .note(.drainDeadline(generation, slot: slot)))] + terminate(at: now)
        case .terminating(let process, _):
            state = .killed(process)
            return [.report(nil, .note(.killed(generation, slot: slot))), .kill(number)]
        case .ready:
            return abort(.silent(after: watchdog.limit ?? .zero), at: now)
        case .spawning, .unwanted, .killed, .gone:
            return []
        }
    }
}
