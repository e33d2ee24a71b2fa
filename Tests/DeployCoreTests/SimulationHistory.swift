@testable import DeployCore

extension SimulationWorld {
    /// A history: a start, chance, calm, a stop. Throws what it breaks.
    func run(steps: Int) throws(SimulationViolation) {
        try start()
        for _ in 0..<steps where !machine.hasEnded {
            try step()
        }
        isCalm = true
        trouble = 0
        deathRate = 0
        try calmDown()
        guard !machine.hasEnded else { return try checkEnd() }
        try checkCalm()
        try deliver(.stop(newRequest(), now: random.chance(20)))
        try calmDown()
        try checkEnd()
    }

    /// The first generation; it mostly succeeds, since little happens after a start that fails.
    private func start() throws(SimulationViolation) {
        let later = trouble
        if !random.chance(15) { trouble = 0 }
        try deliver(.deploy(newRequest(), plan(), .start, wait: false))
        for _ in 0..<200 where machine.phase == .running && !generations.contains(where: \.committed) {
            _ = try advance()
        }
        trouble = later
    }

    /// Something happens: what was on its way, a deadline, a command, a fault.
    private func step() throws(SimulationViolation) {
        if random.chance(6) { return try command() }
        if let number = mostMissed, isAlive(number), random.chance(40) { return killAll(of: number) }
        if random.chance(trouble / 10) { return kill() }
        if random.chance(deathRate / 2), exitCode == nil { return try killMaster(nil) }
        if random.chance(1) { now = now + random.delay(upTo: .seconds(20)) }
        if try !advance() { try command() }
    }

    /// Delivers what is next in time. False: nothing is.
    private func advance() throws(SimulationViolation) -> Bool {
        let deadline = machine.nextDeadline
        var next: Int?
        // The oldest of those that come first: events stand in the order in which they were posted.
        for index in pending.indices where next.map({ pending[index].at < pending[$0].at }) ?? true {
            next = index
        }
        // What has come by now is heard before a deadline is kept.
        guard let next, deadline.map({ pending[next].at <= max($0, now) }) ?? true else {
            guard let deadline else { return false }
            now = max(now, deadline)
            try deliver(.tick)
            return true
        }
        let event = pending.remove(at: next)
        now = max(now, event.at)
        try deliver(event.event)
        return true
    }

    func plan() -> ReleasePlan {
        let label = random.pick(Self.releases)
        var overrides = PolicyOverrides()
        if random.chance(10) { overrides.watch = .zero }
        if random.chance(25) { overrides.warm = random.delay(upTo: .seconds(6)) }
        if random.chance(10) { overrides.evidence = .exitsOnly }
        if random.chance(20) { overrides.evidence = Self.tested }
        if random.chance(10) { overrides.evidence = Self.patient }
        if random.chance(15) { overrides.neverGoesBack = true }
        if random.chance(10) { overrides.recycle = Self.recycling }
        if random.chance(10) { overrides.watchdog = Self.watchdog }
        var hooks = HookLimits()
        if random.chance(20) { hooks.before = Self.hookLimit }
        if random.chance(20) { hooks.after = Self.hookLimit }
        if random.chance(20) { hooks.failure = Self.hookLimit }
        var plan = ReleasePlan(
            path: "/srv/\(label)", label: label, workers: 1 + random.number(below: 3),
            readiness: random.pick([.auto, .both, .probe, .notify]), overrides: overrides, hooks: hooks)
        plan.processes = kinds()
        guard random.chance(25) else { return plan }
        let steps = 1 + random.number(below: 2)
        plan.canary = (1...steps).map { step in
            let isHeld = step == steps && random.chance(40)
            return CanaryStep(percent: step * 10, duration: isHeld ? nil : random.delay(upTo: .seconds(1)))
        }
        return plan
    }

    /// Kinds of processes beside the web workers: an upstream, a job, both or none.
    private func kinds() -> [ProcessPlan] {
        guard random.chance(35) else { return [] }
        var processes = ["app", "jobs"].map { ProcessPlan(name: $0, workers: 1 + random.number(below: 2)) }
        for index in processes.indices {
            processes[index].isUpstream = index == 0
            processes[index].readiness = random.pick([.auto, .notify, .none])
            processes[index].drain.requests = random.delay(upTo: .seconds(2))
            processes[index].drain.upgrades = random.delay(upTo: .seconds(4))
            if index == 1, random.chance(50) { processes[index].isExclusive = true }
            if random.chance(10) { processes[index].watchdog = Self.watchdog }
        }
        switch random.number(below: 3) {
        case 0: processes.removeFirst()
        case 1: processes.removeLast()
        default: break
        }
        return processes
    }

    private func command() throws(SimulationViolation) {
        switch random.number(below: 23) {
        case 0..<9:
            if let warm = keptWarm, random.chance(50) {
                return try deliver(.deploy(newRequest(), warm, .rollback, wait: random.chance(30)))
            }
            try deliver(.deploy(newRequest(), plan(), random.pick([.deploy, .rollback]), wait: random.chance(30)))
        case 9..<11:
            let plan = machine.generation(machine.serving)?.plan ?? plan()
            try deliver(.deploy(newRequest(), plan, .restart, wait: random.chance(30)))
        case 11..<13: try deliver(.cancel(newRequest(), deploy: random.chance(50) ? someRequest() : nil))
        case 13..<15: try deliver(.undo(newRequest(), force: random.chance(30)))
        case 15..<18: try deliver(.scale(newRequest(), workers: random.number(below: 6)))
        case 18:
            guard let process = processes.last else { return }
            try deliver(.extended(process.worker, by: random.delay(upTo: .seconds(2))))
        case 19:
            var policies = machine.policies
            policies.maxDraining = 1 + random.number(below: 3)
            policies.maxQueued = random.number(below: 4)
            try deliver(.configured(policies))
        case 20: try deliver(.promote(newRequest()))
        case 21: try deliver(.abort(newRequest()))
        default:
            if random.chance(30) { try deliver(.stop(newRequest(), now: random.chance(40))) }
        }
    }

    private func someRequest() -> RequestNumber? {
        lastRequest == 0 ? nil : RequestNumber(rawValue: 1 + random.number(below: lastRequest))
    }

    /// kill -9 from outside.
    private func kill() {
        let live = processes.indices.filter { processes[$0].launched && !processes[$0].ending }
        guard !live.isEmpty else { return }
        let victim = random.pick(live)
        let generation = processes[victim].generation
        // All of a generation at once, as when somebody looks for its program's name.
        let victims = random.chance(30) ? live.filter { processes[$0].generation == generation } : [victim]
        for index in victims { end(index, .signalled(name: "SIGKILL", dumpedCore: false), after: .zero) }
    }

    private func isAlive(_ number: GenerationNumber) -> Bool {
        processes.contains { $0.generation == number && $0.launched && !$0.ending }
    }

    private func killAll(of number: GenerationNumber) {
        for index in processes.indices where processes[index].generation == number && processes[index].launched {
            end(index, .signalled(name: "SIGKILL", dumpedCore: false), after: .zero)
        }
    }

    /// Nothing goes wrong any more: everything must come to rest.
    private func calmDown() throws(SimulationViolation) {
        for _ in 0..<5_000 where !machine.hasEnded {
            if canaryWaitsForAWord { try deliver(.promote(newRequest())) }
            if isAtRest { return }
            if try !advance() { return }
        }
        try expect(machine.hasEnded, "the machine does not come to rest")
    }

    /// Whether a canary is in a step without an end of its own.
    private var canaryWaitsForAWord: Bool {
        guard machine.phase == .running, let deployment = machine.deployment, deployment.stage == .canary,
            let step = deployment.canaryStep
        else { return false }
        return deployment.plan.canary[step].duration == nil
    }

    /// At rest: one complete generation serves, and nothing else is there.
    private func checkCalm() throws(SimulationViolation) {
        try expect(machine.deployment == nil && machine.queue.isEmpty, "a deploy is under way for ever")
        try expect(machine.generations.map(\.number) == [machine.serving], "old generations stay for ever")
        try expect(isComplete, "the serving generation is not complete")
        try checkFinished()
    }

    private func checkEnd() throws(SimulationViolation) {
        try expect(exitCode != nil, "the machine has ended, and the master does not exit")
        try expect(machine.nextDeadline == nil, "the machine has ended, and wants a tick")
        try checkFinished()
    }

    /// Invariant 9: every request has its one answer.
    private func checkFinished() throws(SimulationViolation) {
        let open = finishes.filter { $0.value != 1 }.map(\.key).sorted()
        try expect(open.isEmpty, "requests without an answer: \(open)")
        let lost = generations.filter { !$0.committed && $0.records == 0 }.map(\.number)
        try expect(lost.isEmpty, "deploys that history does not know: \(lost)")
    }
}
