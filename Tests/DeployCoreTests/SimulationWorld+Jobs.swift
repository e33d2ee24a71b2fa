@testable import DeployCore

// Jobs that must not overlap, by the world's own books: invariant 14.
extension SimulationWorld {
    /// A job starts in the generation that users are committed to, when nobody else has one of its kind.
    func checkAlone(_ number: GenerationNumber, _ slot: Slot) throws(SimulationViolation) {
        let book = generations[try known(number)]
        guard let kind = slot.process,
            book.plan.processes.contains(where: { $0.name == kind && $0.isExclusive == true })
        else { return }
        let other = processes.first {
            $0.slot.process == kind && !$0.isOrphan && mustBeGone($0.generation, for: number, kind)
        }
        try expect(
            other == nil, "generation \(number) starts \(slot), and \(other?.generation.description ?? "") has one")
        try expect(
            !spawnsInFlight.contains {
                machine.worker($0.key)?.slot.process == kind && mustBeGone($0.value, for: number, kind)
            },
            "generation \(number) starts \(slot), and another one is about to")
        try expect(book.committed, "generation \(number) starts \(slot), and is not committed")
    }

    /// One that comes waits for all who were there before; one that is there is not asked by a release that allows both.
    private func mustBeGone(_ other: GenerationNumber, for number: GenerationNumber, _ kind: String) -> Bool {
        guard other != number else { return false }
        let plan = generations[other.rawValue - 1].plan
        return other < number || plan.processes.contains { $0.name == kind && $0.isExclusive == true }
    }

    /// Its jobs drain because another generation is committed, or it is on its way out.
    func checkHandedOver(_ generation: GenerationMachine) throws(SimulationViolation) {
        let isOver = machine.deployment.map(\.isConcluding) ?? true
        switch generation.stage {
        case .draining, .ending: break
        case .warm, .retiring, .serving:
            try expect(
                machine.serving != generation.number
                    && (isOver || machine.deployment?.predecessor != generation.number),
                "the jobs of generation \(generation.number) drain, and it may have to serve")
        case .preparing, .opening, .booting, .probing, .standingBy, .gone:
            throw SimulationViolation("a job of generation \(generation.number) drains: it is \(generation.stage)")
        }
    }

    /// Whoever had users and is not to have jobs any more lets them go.
    func checkJobs() throws(SimulationViolation) {
        let isOver = machine.deployment.map(\.isConcluding) ?? true
        guard machine.phase == .running, let holder = isOver ? machine.serving : machine.deployment?.predecessor
        else { return }
        for generation in machine.generations where generation.number != holder {
            let stays = generation.workers.first { generation.pool.isExclusive($0.slot) && !$0.isLeaving }
            try expect(
                stays == nil,
                "generation \(holder) is to have the jobs, and \(generation.number) keeps \(stays?.slot.description ?? "")"
            )
        }
    }

    /// It serves for good, or did before the deploy under way, and nobody else has a job of this kind any more.
    func hasItsJobs(_ number: GenerationNumber, _ kind: String) -> Bool {
        guard machine.phase == .running else { return false }
        let isOver = machine.deployment.map(\.isConcluding) ?? true
        guard number == (isOver ? machine.serving : machine.deployment?.predecessor) else { return false }
        return !machine.generations.contains { other in
            other.number != number && other.workers.contains { $0.slot.process == kind }
        }
    }
}
