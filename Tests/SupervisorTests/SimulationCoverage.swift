import Supervisor

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
            case .report, .save, .openLanes, .releaseLanes, .spawn, .launch, .drain, .terminate, .kill, .probe, .steer,
                .askQueue, .commit, .record, .prune:
                break
            }
        }
    }

    /// The name of an enum's case; of one without a value, its description.
    private func caseName(_ value: some CustomStringConvertible) -> String {
        Mirror(reflecting: value).children.first?.label ?? value.description
    }
}
