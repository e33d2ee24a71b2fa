import DeployCore

/// What histories have come to: names of outcomes, failures, refusals and notes.
struct SimulationCoverage {
    private(set) var names: Set<String> = []

    mutating func note(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .finish(_, .failed(let failure)): names.insert("failed: \(caseName(failure))")
            case .finish(_, .rolledBack(let failure)): names.insert("rolled back: \(caseName(failure))")
            case .finish(_, .refused(let refusal)): names.insert("refused: \(caseName(refusal))")
            case .finish(_, .committed), .finish(_, .cancelled), .finish(_, .done): break
            case .report(_, .note(let note)): names.insert("note: \(caseName(note))")
            case .exit(let code): names.insert("exit \(code)")
            case .share(let target): if target.shares.count > 1 { names.insert("kept connections are shared") }
            case .report, .save, .openLanes, .releaseLanes, .spawn, .launch, .drain, .askUpgrades, .terminate, .kill,
                .probe, .steer,
                .askQueue, .evacuate, .observe, .measure, .test, .abort, .commit, .record, .recordHook, .spawnHook,
                .launchHook,
                .terminateHook,
                .killHook,
                .prune:
                break
            }
        }
    }

    mutating func note(_ name: String) { names.insert(name) }

    /// The master is killed, with this on disk.
    mutating func note(_ death: SimulationDeath?, _ saved: DurableState) {
        names.insert("killed while \(saved.deployment.map { "\($0.stage)" } ?? "no deploy is under way")")
        if saved.isStopping { names.insert("killed while stopping") }
        switch death {
        case nil: names.insert("killed at rest")
        case .beforeSave: names.insert("killed before the save")
        case .afterEffects(0): names.insert("killed before the effects")
        case .afterEffects: names.insert("killed after an effect")
        }
    }

    /// The name of an enum's case; of one without a value, its description.
    private func caseName(_ value: some CustomStringConvertible) -> String {
        Mirror(reflecting: value).children.first?.label ?? value.description
    }
}
