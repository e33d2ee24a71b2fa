@testable import DeployCore

extension SimulationWorld {
    /// The master is killed, and after a while there is another. `death`: where it was in its work; nil: at rest.
    func killMaster(_ death: SimulationDeath?) throws(SimulationViolation) {
        coverage?.note(death, saved)
        mourn()
        let state = saved
        let before = Set(processes.map(\.worker))
        // The keeper of the lanes died too, and the kernel did as it liked with new connections.
        if random.chance(10) { usersMayBeAnywhere = true }
        if usersMayBeAnywhere { letUsersIn(state) }
        let resumed = Machine.resuming(
            KilledMachine(state, survivors: before, hookSurvives: hook != nil, usersMayBeAnywhere: usersMayBeAnywhere),
            policies: machine.policies, at: now)
        machine = resumed.machine
        if let watched = machine.deployment, watched.stage == .watching {
            let now = now
            change(watched.generation) { $0.watchResumed = now }
        }
        if let serving = state.serving, state.generations.contains(where: { $0.number == serving }) {
            steeredTo = [serving]
            restingTarget = .only(serving)
        }
        writeDown("the master was killed (\(death.map { "\($0)" } ?? "at rest")), and another goes on", resumed.effects)
        try checkResumed(from: state)
        let next = drawDeath(effects: resumed.effects.count)
        if next == .beforeSave { return try killMaster(next) }
        save()
        usersMayBeAnywhere = false
        coverage?.note(resumed.effects)
        try noteStays(resumed.effects)
        isResuming = true
        defer { isResuming = false }
        if try perform(resumed.effects, until: next) {
            isResuming = false
            return try killMaster(next)
        }
        isResuming = false
        giveBackLanes()
        try checkForced()
        try checkInvariants(after: nil)
        try deliverObserved()
        try startAgain()
    }

    /// Users may have entered the lanes of generations whose turn had not come.
    private func letUsersIn(_ state: DurableState) {
        for generation in state.generations where [.booting, .probing, .standingBy].contains(generation.stage) {
            change(generation.number) { $0.mayHaveUsers = true }
        }
    }

    /// Lanes of generations that were gone, though their lanes were not yet given back.
    private func giveBackLanes() {
        for index in generations.indices where generations[index].hasLanes {
            guard machine.generation(generations[index].number) == nil else { continue }
            generations[index].hasLanes = false
            lanesOut -= 1
        }
    }

    /// Invariant 8: who was to exit at once is to exit at once.
    private func checkForced() throws(SimulationViolation) {
        for process in processes where process.wasTerminated && !process.isOrphan {
            try expect(
                process.terminatedAt != nil || process.killed, "worker \(process.worker) was to exit, and may stay")
        }
    }

    /// Invariant 5: the new machine knows what the old one knew, and wants what it wanted.
    private func checkResumed(from state: DurableState) throws(SimulationViolation) {
        let durable = machine.durable
        // A first start that failed, or is given up, ends the master when its hook is over, and that may be now.
        let stage = state.deployment?.stage
        let hasFailed = state.deployment?.kind == .start && (stage == .concluding || stage == .abandoning)
        try expect(durable.isStopping == state.isStopping || hasFailed, "whether the master stops is forgotten")
        try expect(durable.scaledWorkers == state.scaledWorkers, "the number of workers is forgotten")
        try expect(durable.serving == state.serving, "who serves is forgotten")
        try expect(
            durable.numbering.nextGeneration.rawValue == generations.count + 1, "the generations' numbers go back")
        let highest = everSpawned.map(\.rawValue).max() ?? 0
        try expect(durable.numbering.nextWorker.rawValue > highest, "the workers' numbers go back")
        for entry in state.unrecorded {
            try expect(durable.unrecorded.contains(entry), "generation \(entry.generation)'s record is forgotten")
        }
        for generation in state.generations { try checkResumed(generation) }
        try checkResumed(state.deployment, isStopping: state.isStopping)
    }

    private func checkResumed(_ old: DurableGeneration) throws(SimulationViolation) {
        let new = machine.generation(old.number)
        for worker in old.workers {
            let now = machine.worker(worker.number)
            try expect(
                (index(of: worker.number) != nil) == (now != nil), "worker \(worker.number) is forgotten, or made up")
            if old.stage == .serving || old.stage == .warm, let now {
                // One that was being replaced, and is being ended, has its successor.
                let isReplaced = worker.recycling != nil && now.isLeaving
                let isLeaving = worker.isLeaving || now.stage == .draining || isReplaced
                try expect(now.isLeaving == isLeaving, "worker \(worker.number) was on its way out, or was not")
            }
            if worker.stage == .draining, let now, now.stage == .draining, machine.phase == .running {
                let last = worker.drain?.last(for: worker.level) ?? worker.deadline
                try expect(now.leavesBy == last, "worker \(worker.number)'s drain begins anew")
            }
        }
        switch old.stage {
        case .serving, .warm:
            try expect(new?.stage == old.stage, "generation \(old.number) was \(old.stage)")
            try expect(new?.wanted == old.wanted && new?.plan == old.plan, "generation \(old.number) is changed")
        case .preparing, .opening, .booting, .probing, .ending:
            try expect(isGivenUp(new), "generation \(old.number) is unproven, and goes on")
        case .standingBy:
            let isProven = new?.stage == .standingBy && machine.deployment?.canCancel == false
            try expect(isProven || isGivenUp(new), "generation \(old.number) waits for nothing")
        case .retiring:
            // Without web workers there is nobody to empty its queue: the others drain at once.
            let isDeserted = !old.workers.contains { $0.slot.isWeb && index(of: $0.number) != nil }
            let isWell = new == nil || new?.stage == .retiring || (isDeserted && new?.stage == .draining)
            try expect(isWell, "generation \(old.number) was retiring")
            if let index = index(of: old.number) {
                generations[index].isDeserted = isDeserted
                generations[index].firstAsked = nil
                generations[index].emptySince = nil
            }
        case .draining:
            try expect(new == nil || new?.stage == .draining, "generation \(old.number) was draining")
        case .gone:
            break
        }
    }

    /// A generation of a deploy that is given up ends at once, unless users may have met it.
    private func isGivenUp(_ generation: GenerationMachine?) -> Bool {
        guard let generation, generation.stage != .ending else { return true }
        let mayHaveUsers = index(of: generation.number).map { generations[$0].mayHaveUsers } ?? false
        return mayHaveUsers && generation.stage == .draining
    }

    /// A deploy before its cut-over is given up; later, it goes on as it was going.
    private func checkResumed(_ old: DurableDeployment?, isStopping: Bool) throws(SimulationViolation) {
        guard let old else { return try expect(machine.deployment == nil, "there is a deploy, and there was none") }
        let new = machine.deployment
        switch old.stage {
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .over:
            let isGivenUp = new == nil || new?.stage == .abandoning || new?.stage == .concluding
            return try expect(isGivenUp, "the deploy of generation \(old.generation) goes on")
        case .concluding:
            try expect(new == nil || new?.stage == .concluding, "the deploy was \(old.stage)")
        case .steeringShare, .canary:
            try expect(new?.stage == .steeringShare || new?.stage == .undoing, "the deploy was \(old.stage)")
            try expect(new?.stage == .undoing || new?.canaryStep == old.canaryStep, "the canary's step is forgotten")
        case .steering, .watching:
            try expect(new?.stage == old.stage || new?.stage == .undoing, "the deploy was \(old.stage)")
            let mayGoBack = old.evidence == .undoneByOperator || !old.plan.overrides.neverGoesBack
            if old.evidence == nil, new?.stage == .undoing {
                let hasReady =
                    machine.generation(old.predecessor)?.workers.contains { $0.isReady && $0.slot.isWeb } ?? false
                try expect(hasReady, "users are sent back to a generation that lost its workers")
            }
            if old.evidence != nil, isSurelyReady(old.predecessor), mayGoBack {
                try expect(new?.stage == .undoing, "what speaks against the new generation is forgotten")
            }
        case .undoing where !isSurelyReady(old.predecessor) && new?.stage != .undoing:
            // There is nobody to go back to.
            try expect(new?.stage == .watching || new?.stage == .committing, "the deploy was \(old.stage)")
        case .committing, .undoing:
            try expect(new?.stage == old.stage, "the deploy was \(old.stage)")
            try expect(old.evidence == nil || new?.durable.evidence == old.evidence, "why it is undone is forgotten")
        }
        if let new {
            // Going back cuts a step short, which counts, and so does giving that up.
            let cutShort = (new.stage == .undoing) == (old.stage == .undoing) ? 0 : 1
            let isKept = new.durations.starts(with: old.durations)
            try expect(
                isKept && new.durations.count == old.durations.count + cutShort && new.from == old.from
                    && new.kind == old.kind, "the deploy is changed")
        }
    }
}
