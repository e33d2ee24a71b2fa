import DeployCore

/// One history, and what came of it.
struct SimulationRun {
    static let steps = 60
    let violation: SimulationViolation?
    let draws: [UInt64]
    let trace: [String]
    let coverage: SimulationCoverage?

    init(random: SimulationRandom, traced: Bool = false, covered: Bool = false) {
        let world = SimulationWorld(random: random, traced: traced)
        world.coverage = covered ? SimulationCoverage() : nil
        var violation: SimulationViolation?
        do throws(SimulationViolation) {
            try world.run(steps: Self.steps)
        } catch {
            violation = error
        }
        self.violation = violation
        draws = world.random.draws
        trace = world.trace ?? []
        coverage = world.coverage
    }

    /// The shortest history that can be found from this seed and breaks the same invariant, for people to read.
    static func story(of seed: UInt64) -> String {
        let first = SimulationRun(random: SimulationRandom(seed: seed))
        guard let violation = first.violation else { return "seed \(seed) breaks nothing" }
        let draws = shrink(first.draws)
        let last = SimulationRun(random: SimulationRandom(replaying: draws), traced: true)
        let end = last.violation?.description ?? "?"
        return """
            SIMULATION_SEED=\(seed) breaks an invariant: \(violation)
            shrunk from \(first.draws.count) to \(draws.count) draws: \(end)
            \(last.trace.joined(separator: "\n"))
            """
    }

    /// Leaves out draws, and replaces them by 0, as long as something still breaks.
    private static func shrink(_ draws: [UInt64]) -> [UInt64] {
        func breaks(_ candidate: [UInt64]) -> Bool {
            SimulationRun(random: SimulationRandom(replaying: candidate)).violation != nil
        }
        var best = draws
        var chunk = max(1, best.count / 2)
        while chunk >= 1 {
            var start = 0
            while start < best.count {
                let end = min(start + chunk, best.count)
                let shorter = Array(best[..<start] + best[end...])
                let plainer = Array(best[..<start] + Array(repeating: 0, count: end - start) + best[end...])
                if breaks(shorter) {
                    best = shorter
                } else {
                    if plainer != best, breaks(plainer) { best = plainer }
                    start = end
                }
            }
            chunk /= 2
        }
        return best
    }
}
