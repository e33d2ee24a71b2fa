internal import DeployCore

extension SavedState {
    /// The same, with a deploy in its watch taken for committed where the history says that it was: a master with a full disk
    /// leaves an older state. (An `after` hook that had its turn has it again.)
    func honouring(_ history: History) -> SavedState {
        guard let deployment = machine.deployment, deployment.stage == .watching,
            let told = history.deploys.last(where: { $0.generation == deployment.generation.rawValue }),
            told.outcome == .committed
        else { return self }
        var state = self
        state.machine.deployment?.stage = .committing
        state.machine.deployment?.evidence = nil
        return state
    }
}
