@testable import DeployCore

// Recycling: workers that grow, or become old.
extension SimulationWorld {
    static let recycling: RecyclePolicy = {
        var policy = RecyclePolicy()
        policy.age = .seconds(5)
        policy.memory = 100
        policy.interval = .milliseconds(500)
        policy.settling = .milliseconds(300)
        return policy
    }()

    func measure(_ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        try expect(book.plan.overrides.recycle?.memory != nil, "the memory of generation \(number) has no limit")
        try expect(machine.generation(number)?.stage == .serving, "the memory of generation \(number) is looked at")
        var bytes: [WorkerNumber: Int] = [:]
        for process in processes where process.generation == number {
            bytes[process.worker] = random.chance(isCalm ? 0 : 10) ? 200 : 50
        }
        // A worker that is old may be replaced meanwhile.
        post(.measured(number, bytes), after: random.delay(upTo: .milliseconds(800)))
    }

    /// One at a time is replaced, and keeps its place until its successor has it.
    func checkRecycling() throws(SimulationViolation) {
        for generation in machine.generations {
            let outgoing = generation.workers.filter { $0.recycling != nil && !$0.isLeaving }
            try expect(outgoing.count <= 1, "two workers of generation \(generation.number) are replaced at a time")
            guard generation.stage == .serving, generation.recycling.nextDeadline(generation.pool) == nil,
                let old = outgoing.first, let successor = generation.staying.first(where: { $0.slot == old.slot })
            else { continue }
            try expect(!successor.isReady, "worker \(old.number) has a successor, and stays")
        }
    }
}
