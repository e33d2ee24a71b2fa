/// What a master finds that goes on where another was killed.
///
/// The other may have been killed at any instant: before the state was saved, after it, between any two effects. What
/// it had ordered was perhaps done; ``Effect`` says which effects the loop makes harmless the second time.
package struct KilledMachine {
    /// As it was on disk.
    let state: DurableState
    /// Workers that still live, by pid and start time.
    let survivors: Set<WorkerNumber>
    /// Whether anything lives of the hook that was under way.
    let hookSurvives: Bool
    /// Whether nobody kept the lanes meanwhile, so that users may have entered any of them.
    let usersMayBeAnywhere: Bool

    package init(
        _ state: DurableState, survivors: Set<WorkerNumber>, hookSurvives: Bool = false,
        usersMayBeAnywhere: Bool = false
    ) {
        self.state = state
        self.survivors = survivors
        self.hookSurvives = hookSurvives
        self.usersMayBeAnywhere = usersMayBeAnywhere
    }

    /// The workers of a generation that had a process, and have none any more.
    func lost(of generation: DurableGeneration) -> [DurableWorker] {
        generation.workers.filter { $0.process != nil && !survivors.contains($0.number) }
    }

    /// What its deploy has to know.
    ///
    /// A worker that was lost unobserved counts like any other, as long as there is somebody to go back to: if the old
    /// generation lost all of its workers too, what ended them was not the new release.
    func remains(of deployment: DeploymentMachine, ready: WhoIsReady) -> DeployRemains {
        let new = state.generations.first { $0.number == deployment.generation }
        let lost = new.map(lost(of:))?.first { $0.stage == .ready }
        return DeployRemains(
            lost: ready.old ? lost?.lostWorker : nil, newDrains: usersMayBeAnywhere,
            newServes: state.serving == deployment.generation)
    }
}

extension DeploymentMachine? {
    /// Where a generation stands in the deploy under way.
    func place(of generation: GenerationNumber) -> GenerationPlace {
        guard let deployment = self else { return .other }
        if deployment.generation == generation { return deployment.canCancel ? .unproven : .cutOverTo }
        return deployment.predecessor == generation ? .predecessor : .other
    }
}

extension DurableWorker {
    /// What there is to say of it when it is found dead; nil: it had no process.
    var lostWorker: LostWorker? {
        process.map { LostWorker(worker: number, slot: slot, pid: $0.pid, end: .unobserved) }
    }
}
