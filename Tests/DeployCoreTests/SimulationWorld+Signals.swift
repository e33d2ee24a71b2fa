@testable import DeployCore

extension SimulationWorld {
    func drain(_ worker: WorkerNumber, _ deadlines: DrainDeadlines) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) is gone: no drain") }
        let process = processes[index]
        try expect(process.launched || process.isOrphan, "worker \(worker) is told to drain before it is launched")
        try checkDrain(of: process)
        try checkNeeded(process, deadlines)
        let level = machine.worker(worker)?.level ?? .plain
        let last = level < .drains ? deadlines.requests : max(deadlines.requests, deadlines.upgrades)
        try checkToldAgain(process, deadlines, level)
        processes[index].told = deadlines
        processes[index].drainUntil = min(last, processes[index].drainUntil ?? last)
        guard !process.behaviour.ignoresDrain else { return }
        end(index, .exited(code: 0), after: random.delay(upTo: .seconds(5)))
    }

    func askUpgrades(_ worker: WorkerNumber) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) is gone: no question") }
        let told = processes[index].told
        let isOver = told.map { now >= $0.requests } ?? false
        try expect(isOver, "worker \(worker) is asked before its requests' time is over")
        let count = random.pick([nil, 0, 1])
        if count == 0 { processes[index].hasNothingLeft = true }
        post(.upgrades(worker, count), after: random.delay(upTo: .milliseconds(50)))
    }

    func terminate(_ worker: WorkerNumber) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) is gone: no SIGTERM") }
        let process = processes[index]
        try checkForce(on: process)
        try expect(process.terminatedAt == nil, "worker \(worker) is sent SIGTERM twice")
        processes[index].terminatedAt = now
        guard !process.behaviour.ignoresTerminate else { return }
        hasten(worker)
        processes[index].ending = false
        end(index, .signalled(name: "SIGTERM", dumpedCore: false), after: random.delay(upTo: .seconds(1)))
    }

    func kill(_ worker: WorkerNumber) throws(SimulationViolation) {
        guard let index = index(of: worker) else { throw SimulationViolation("worker \(worker) is gone: no SIGKILL") }
        let process = processes[index]
        try checkForce(on: process)
        if process.launched {
            if process.isCondemned { return die(index) }
            guard let terminatedAt = process.terminatedAt, now >= terminatedAt + Self.policies.terminateGrace else {
                throw SimulationViolation("worker \(worker) is killed before its grace is over")
            }
        }
        die(index)
    }

    private func die(_ index: Int) {
        processes[index].killed = true
        hasten(processes[index].worker)
        processes[index].ending = false
        end(index, .signalled(name: "SIGKILL", dumpedCore: false), after: random.delay(upTo: .milliseconds(100)))
    }

    /// An end that was on its way comes by the signal instead.
    func hasten(_ worker: WorkerNumber) {
        pending.removeAll {
            if case .exited(worker, _) = $0.event { true } else { false }
        }
    }

    /// Invariant 3, and 4 in part: who serves, or may have to serve again, is not told to drain.
    private func checkDrain(of process: SimulationProcess) throws(SimulationViolation) {
        guard case .running = machine.phase, let generation = machine.generation(process.generation) else { return }
        // It was decided before its master died.
        if process.drainUntil != nil { return }
        if generation.pool.isExclusive(process.slot) { return try checkHandedOver(generation) }
        switch generation.stage {
        case .serving:
            try expect(process.slot.isWeb, "generation \(generation.number) serves, and its \(process.slot) drains")
            let others = generation.workers.contains { $0.isReady && !$0.isLeaving && $0.slot.isWeb }
            let wasReady = process.saidReady || !generation.pool.announces
            try expect(others || !wasReady, "generation \(generation.number) serves, and its last ready worker drains")
            try expect(
                generation.workers.filter { !$0.isLeaving && $0.slot.isWeb }.count >= generation.wanted,
                "generation \(generation.number) serves, and too many of its workers drain")
        case .draining:
            try checkRetired(generation.number)
            let successor = machine.serving.flatMap { machine.generation($0) }
            // (One that users met by accident may be the first.)
            let book = generations[try known(generation.number)]
            if successor == nil, book.mayHaveUsers { return }
            try expect(successor?.stage == .serving, "generation \(generation.number) drains, and no other serves")
            try expect(successor?.number != generation.number, "generation \(generation.number) drains, and serves")
        case .ending where effectsInHand.contains(.terminate(process.worker)):
            // Two began to drain in one turn, and there is room for one.
            break
        case .preparing, .opening, .booting, .probing, .standingBy, .warm, .retiring, .ending, .gone:
            throw SimulationViolation("a worker of generation \(generation.number) drains: it is \(generation.stage)")
        }
    }

    /// Whoever may be connected to goes behind those who may connect.
    private func checkNeeded(
        _ process: SimulationProcess, _ deadlines: DrainDeadlines
    ) throws(SimulationViolation) {
        let book = generations[try known(process.generation)]
        if let limit = book.plan.processes.first(where: { $0.name == process.slot.process })?.drain.requests,
            machine.phase == .running
        {
            try expect(deadlines.requests <= now + limit, "worker \(process.worker) may drain for too long")
        }
        guard book.isUpstream(process.slot) else { return }
        let needs = processes.first {
            $0.generation == process.generation && $0.launched && !book.isUpstream($0.slot)
        }
        try expect(
            needs == nil, "worker \(process.worker) drains, and \(needs?.worker.description ?? "") may need it")
    }

    /// A new master repeats a drain word for word, and only to workers that read messages.
    private func checkToldAgain(
        _ process: SimulationProcess, _ deadlines: DrainDeadlines, _ level: WorkerLevel
    ) throws(SimulationViolation) {
        guard isResuming, case .running = machine.phase, let told = process.told else { return }
        try expect(level == .drains, "worker \(process.worker) is sent its drain signal twice")
        try expect(deadlines == told, "worker \(process.worker) is told other deadlines than before")
    }

    private func checkRetired(_ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        if book.isDeserted || book.mayHaveUsers { return }
        guard let asked = book.firstAsked else {
            throw SimulationViolation("generation \(number) drains, and nobody looked at its queue")
        }
        try expect(!steeredTo.contains(number), "generation \(number) drains, and new connections still reach it")
        let policy = Self.policies.retire
        let isEmpty = book.emptySince.map { now - $0 >= policy.quiet } ?? false
        try expect(isEmpty || now - asked >= policy.limit, "generation \(number) drains, and its queue is not empty")
    }

    /// Invariant 4 and 8: force is used on what must end, on nothing else.
    private func checkForce(on process: SimulationProcess) throws(SimulationViolation) {
        guard let generation = machine.generation(process.generation) else { return }
        switch generation.stage {
        case .serving, .warm, .retiring:
            let isSlow = now - process.spawnedAt >= Self.policies.readyTimeout
            let hasNothingLeft = process.hasNothingLeft && process.told.map { now >= $0.requests } ?? false
            let isOverdue = hasNothingLeft || process.drainUntil.map { now >= $0 } ?? false
            let isUnwanted = !process.launched && machine.worker(process.worker)?.isLeaving == true
            try expect(
                isSlow || isOverdue || isUnwanted || process.wasTerminated || process.terminatedAt != nil,
                "worker \(process.worker) of generation \(generation.number) is ended: it is \(generation.stage)")
        case .draining, .ending:
            // The deadlines of a drain are a promise to users, which only `stop --now` takes back.
            guard !isStoppedAtOnce else { return }
            guard let until = process.drainUntil else {
                // (Of one that has not said that it is ready nobody knows whether it has any.)
                let book = generations[try known(process.generation)]
                let hasUsers = (book.steered || book.mayHaveUsers) && process.saidReady
                return try expect(
                    !hasUsers || process.wasTerminated || process.terminatedAt != nil,
                    "worker \(process.worker) of generation \(generation.number) has users, and is not drained")
            }
            let hasNothingLeft = process.hasNothingLeft && now >= process.told?.requests ?? until
            try expect(
                now >= until || hasNothingLeft || process.wasTerminated || process.terminatedAt != nil,
                "worker \(process.worker) of generation \(generation.number) is ended before its deadline")
        case .preparing, .opening, .booting, .probing, .standingBy, .gone:
            break
        }
    }
}
