internal import DeployCore
internal import Linux

/// What would refuse a restart of what serves, where a master goes on with workers: they serve, whatever stands in the file by
/// now, and so nothing of it refuses the start.
enum StandingProblems {
    /// Looks at the release that serves, and says what it finds, here and in `status`.
    static func tell(in master: Master) {
        guard let serving = master.machine.generation(master.machine.serving),
            Files.kind(serving.plan.path) == .directory
        else { return }
        let settings = master.parts.settings
        settings.standing =
            Check.releaseProblems(
                serving.plan.path, settings.configuration, settings.surroundings, masterRuns: true
            ).problems
        for problem in settings.standing {
            master.parts.log("a restart of \(serving.plan.label) would be refused: \(problem)", .warning)
        }
    }
}
