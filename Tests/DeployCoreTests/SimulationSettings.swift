import Linux

/// How much is simulated, from the environment.
enum SimulationSettings {
    /// SIMULATION_HISTORIES: how many histories a run of the tests tries. Code that is not optimized is ten times slower;
    /// `scripts/check` has the optimized one try many more.
    static let histories = environment("SIMULATION_HISTORIES") ?? byDefault
    #if DEBUG
        private static let byDefault = 800
    #else
        private static let byDefault = 100_000
    #endif
    /// SIMULATION_SEED: the first seed; each history has the next one.
    static let firstSeed = UInt64(environment("SIMULATION_SEED") ?? 1)

    private static func environment(_ name: String) -> Int? {
        let line = ThisProcess.environment().first { $0.hasPrefix(name + "=") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
