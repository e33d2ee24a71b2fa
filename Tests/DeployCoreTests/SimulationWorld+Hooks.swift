import DeployCore

/// A hook of the simulated machine.
struct SimulationHook {
    let kind: HookKind
    let generation: GenerationNumber
    let identity: ProcessIdentity
    /// Since when its time counts.
    var since: Instant
    var launched = false
    var terminatedAt: Instant?
    var killed = false
    /// Only SIGKILL ends it.
    var ignoresTerminate = false
}

extension SimulationWorld {
    /// The time that every hook has.
    static let hookLimit = Duration.seconds(1)

    func spawnHook(_ kind: HookKind, _ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        try expect(hook == nil && !hookInFlight, "two hooks at a time")
        try expect(book.plan.hooks[kind] != nil, "generation \(number) has no \(kind) hook")
        try expect(!book.hooksRun.contains(kind), "the \(kind) hook of generation \(number) runs twice")
        switch kind {
        case .before: try expect(book.saves > 0, "generation \(number) has a hook, and is not saved")
        case .after: try expect(book.committed, "generation \(number) is not committed, and its after hook runs")
        case .failure: try expect(book.records > 0, "generation \(number) has not failed, and its failure hook runs")
        }
        hookInFlight = true
        let news: HookNews = fails() ? .notSpawned(reason: "EAGAIN") : .spawned(newProcess())
        post(.hook(kind, number, news), after: random.delay(upTo: .milliseconds(50)))
    }

    func launchHook() throws(SimulationViolation) {
        guard let running = hook else { throw SimulationViolation("there is no hook to launch") }
        try expect(!running.launched, "a hook is launched twice")
        let durable = machine.durable.deployment?.hook?.process
        try expect(durable == running.identity, "a hook is launched, and its pid is not saved")
        change(running.generation) { $0.hooksRun.insert(running.kind) }
        hook?.launched = true
        guard random.chance(trouble) else { return endHook(.exited(code: 0), after: random.delay(upTo: .seconds(1))) }
        switch random.number(below: 3) {
        case 0: endHook(.exited(code: 1), after: random.delay(upTo: .seconds(1)))
        case 1: break
        default: hook?.ignoresTerminate = true
        }
    }

    func terminateHook() throws(SimulationViolation) {
        guard let running = hook else { throw SimulationViolation("there is no hook to end") }
        try expect(running.terminatedAt == nil, "a hook is sent SIGTERM twice")
        hook?.terminatedAt = now
        guard !running.ignoresTerminate else { return }
        endHook(.signalled(name: "SIGTERM", dumpedCore: false), after: random.delay(upTo: .milliseconds(300)))
    }

    func killHook() throws(SimulationViolation) {
        guard let running = hook else { throw SimulationViolation("there is no hook to kill") }
        let isOverdue = running.terminatedAt.map { now >= $0 + Self.policies.terminateGrace } ?? false
        try expect(isOverdue || !running.launched, "a hook is killed before its grace is over")
        hook?.killed = true
        endHook(.signalled(name: "SIGKILL", dumpedCore: false), after: random.delay(upTo: .milliseconds(100)))
    }

    /// The hook ends so, whatever end was on its way.
    private func endHook(_ end: WorkerEnd, after delay: Duration) {
        guard let running = hook else { return }
        pending.removeAll { if case .hook(_, _, .ended) = $0.event { true } else { false } }
        post(.hook(running.kind, running.generation, .ended(end)), after: delay)
    }

    func noteHook(_ kind: HookKind, _ number: GenerationNumber, _ news: HookNews) {
        switch news {
        case .spawned(let identity):
            hookInFlight = false
            hook = SimulationHook(kind: kind, generation: number, identity: identity, since: now)
        case .notSpawned: hookInFlight = false
        case .ended(let end):
            let isGood = end == .exited(code: 0) && hook?.terminatedAt == nil
            if kind == .before, isGood { change(number) { $0.isPrepared = true } }
            hook = nil
        }
    }

    /// The master died. A hook goes on; a launch step without an order ends, at once or a little later.
    func mournHook() {
        hookInFlight = false
        guard let running = hook else { return }
        let isKnown = saved.deployment?.hook?.process == running.identity
        let isWaiting = pending.contains { if case .hook(_, _, .ended) = $0.event { true } else { false } }
        if running.launched ? random.chance(trouble / 5) : !isKnown || random.chance(50) {
            pending.removeAll { if case .hook(_, _, .ended) = $0.event { true } else { false } }
            hook = nil
        } else if !running.launched, !isWaiting {
            endHook(.unobserved, after: random.delay(upTo: .milliseconds(100)))
        }
        hook?.terminatedAt = nil
        hook?.since = now
    }

    /// No worker of a release comes before its before hook has done what it was meant to.
    func checkPrepared(_ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        guard book.plan.hooks.before != nil, machine.deployment?.kind != .restart else { return }
        try expect(book.isPrepared, "generation \(number) opens lanes, and its before hook has not succeeded")
    }

    /// A hook that had its time is made to go.
    func checkHookDeadline() throws(SimulationViolation) {
        guard let running = hook, running.launched, !running.killed else { return }
        if let terminatedAt = running.terminatedAt {
            try expect(now < terminatedAt + Self.policies.terminateGrace, "a hook outlives its grace")
        } else {
            try expect(now < running.since + Self.hookLimit, "a hook outlives its time limit")
        }
    }
}
