@testable import DeployCore

extension SimulationWorld {
    /// What must hold after every event, whatever it was.
    func checkInvariants(after event: Event?) throws(SimulationViolation) {
        try checkServing()
        try checkSharing()
        try checkWaiting()
        try checkWarmth()
        try checkUndoing(after: event)
        try checkPossessions()
        try checkDrains(after: event)
        try checkLooks()
        try checkWatchEnds(after: event)
        try checkRecycling()
        try checkJobs()
        if machine.hasEnded {
            try expect(processes.isEmpty && spawnsInFlight.isEmpty, "the master exits, and leaves processes behind")
            try expect(!generations.contains(where: \.hasLanes), "the master exits, and leaves lanes behind")
            try expect(hook == nil && !hookInFlight, "the master exits, and leaves a hook behind")
        }
    }

    /// Invariants 1 and 2: whoever new connections may reach was proven, and is there for them.
    private func checkServing() throws(SimulationViolation) {
        if case .stopping(code: 1) = machine.phase {
            // Its only generation was found bad.
            try expect(machine.serving == nil, "a first start failed, and its generation serves")
        }
        guard case .running = machine.phase else { return }
        for number in steeredTo {
            try expect(generations[try known(number)].isProven, "generation \(number) meets users, and is not proven")
            guard let stage = machine.generation(number)?.stage else {
                throw SimulationViolation("generation \(number) meets users, and is gone")
            }
            switch stage {
            case .standingBy, .serving, .warm: break
            case .preparing, .opening, .booting, .probing, .retiring, .draining, .ending, .gone:
                throw SimulationViolation("generation \(number) meets users, and is \(stage)")
            }
        }
        if let serving = machine.serving {
            try expect(steeredTo.contains(serving), "generation \(serving) serves, and no connection reaches it")
            let stage = machine.generation(serving)?.stage
            try expect(stage == .serving, "generation \(serving) serves, and it does not")
        } else {
            try expect(!generations.contains(where: \.committed), "something has served, and nothing does")
        }
    }

    /// Invariant 7: the machine and the world know the same children, and the same lanes.
    private func checkPossessions() throws(SimulationViolation) {
        var children = 0
        var lanes = 0
        for index in machine.generations.indices {
            let number = machine.generations[index].number
            if machine.generations[index].lanes == .held {
                lanes += 1
                if !generations[number.rawValue - 1].hasLanes {
                    throw SimulationViolation("generation \(number) has lanes that nobody opened")
                }
            }
            children += try checkChildren(of: machine.generations[index].workers)
            try checkStrength(of: index)
        }
        if children != processes.count {
            throw SimulationViolation("the machine knows \(children) of \(processes.count) processes")
        }
        if lanes != lanesOut { throw SimulationViolation("\(lanesOut) generations have lanes, \(lanes) know of it") }
    }

    private func checkChildren(of workers: [WorkerMachine]) throws(SimulationViolation) -> Int {
        var children = 0
        for index in workers.indices {
            guard let process = workers[index].process else { continue }
            children += 1
            guard let known = self.index(of: workers[index].number), processes[known].identity == process else {
                throw SimulationViolation("worker \(workers[index].number) has no such process")
            }
        }
        return children
    }

    /// Invariants 1 and 6: who serves, or may have to serve again, has a worker, or one on its way, for every place.
    private func checkStrength(of index: Int) throws(SimulationViolation) {
        let wanted = machine.generations[index].wanted
        switch machine.generations[index].stage {
        case .serving, .warm:
            try checkStrength(of: index, nil, wanted)
            for process in machine.generations[index].plan.processes
            where process.isExclusive != true || hasItsJobs(machine.generations[index].number, process.name) {
                try checkStrength(of: index, process.name, process.workers)
            }
        case .retiring, .draining:
            for process in machine.generations[index].plan.processes where process.isUpstream {
                let workers = machine.generations[index].workers
                let book = generations[try known(machine.generations[index].number)]
                // (A first start that failed has no users, and drains with what it has.)
                guard book.firstAsked != nil else { continue }
                guard workers.indices.contains(where: { !book.isUpstream(workers[$0].slot) }) else { continue }
                try checkStrength(of: index, process.name, process.workers)
            }
        case .preparing, .opening, .booting, .probing, .standingBy, .ending, .gone:
            break
        }
    }

    private func checkStrength(of index: Int, _ process: String?, _ wanted: Int) throws(SimulationViolation) {
        let workers = machine.generations[index].workers
        let staying = workers.indices.count {
            !workers[$0].isLeaving && workers[$0].recycling == nil && workers[$0].slot.process == process
        }
        guard staying < wanted else { return }
        let number = machine.generations[index].number
        throw SimulationViolation(
            "generation \(number) has \(staying) processes of \(process ?? "web"), and should have \(wanted)")
    }

    /// Invariant 8: whoever had its time is made to go.
    private func checkDrains(after event: Event?) throws(SimulationViolation) {
        guard event == .tick else { return }
        try checkHookDeadline()
        try checkSilence()
        for process in processes {
            // One that says only now how much it understands may have the later deadline.
            let level = machine.worker(process.worker)?.level ?? .plain
            let last = process.told?.last(for: level)
            let until = process.drainUntil.map { max($0, last ?? $0) }
            if let until, process.terminatedAt == nil, !process.killed {
                try expect(now < until, "worker \(process.worker) drains past its deadline")
            }
            if let terminatedAt = process.terminatedAt, !process.killed {
                let killAt = terminatedAt + Self.policies.terminateGrace
                try expect(now < killAt, "worker \(process.worker) outlives its grace")
            }
        }
    }

    /// What a command must bring at once, and what an outcome must leave: invariants 4 and 8.
    func checkAnswer(to event: Event, _ effects: [Effect], before: Before) throws(SimulationViolation) {
        if case .deploy(let request, _, let kind, _) = event, before.isIdle {
            let mayBegin = before.hasRoom || kind == .rollback || kind == .start
            let mine = machine.deployment.map { $0.request == request } ?? false
            try expect(mine == mayBegin, "a deploy is held up by nothing, or is not held up by those who drain")
        }
        if case .cancel(let request?, let deploy) = event, effects.contains(.finish(request, .done)) {
            let deployment = machine.deployment.flatMap { $0.generation == before.new ? $0 : nil }
            let isOver = deployment.map { [.abandoning, .concluding].contains($0.stage) } ?? true
            let wasQueued = deploy.map { effects.contains(.finish($0, .cancelled)) } ?? false
            try expect(isOver || wasQueued, "a cancel is answered with done, and the deploy goes on")
        }
        // (One whose time is up as well has failed for that, and its number stays.)
        if case .spawnFailed(_, let reason) = event, let scaling = before.scaling, machine.scaling.change == nil,
            now < scaling.deadline,
            effects.contains(where: { $0.isFailure(of: scaling.request, because: reason) })
        {
            let wanted = machine.generation(machine.serving)?.wanted
            try expect(
                wanted == scaling.wantedBefore && machine.scaledWorkers == scaling.workersBefore,
                "a scale failed, and the number of before does not hold again")
        }
        for effect in effects {
            guard case .record(let entry) = effect else { continue }
            try checkRollBack(entry)
            let book = generations[try known(entry.generation)]
            if case .running = machine.phase, let old = book.predecessor {
                try expect(machine.serving == old, "generation \(entry.generation) failed, and \(old) does not serve")
                try expect(steeredTo == [old], "generation \(entry.generation) failed, and users may still meet it")
            }
        }
        guard let old = before.old, case .running = machine.phase, let now = machine.generation(old) else { return }
        try expect(now.plan.path == before.path && now.wanted == before.wanted, "a deploy changes generation \(old)")
    }
}

extension Effect {
    /// Whether it tells a request that a worker could not be started.
    fileprivate func isFailure(of request: RequestNumber?, because reason: String) -> Bool {
        if case .finish(request, .failed(.notSpawned(_, reason))) = self { true } else { false }
    }
}
