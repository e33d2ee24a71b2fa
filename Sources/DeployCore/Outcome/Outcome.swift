/// The last answer to a request.
package enum Outcome: Equatable, Codable, Sendable {
    /// The deploy is done: this generation serves and is recorded.
    case committed(GenerationNumber)
    /// The deploy failed; whatever served before still serves.
    case failed(Failure)
    /// The deploy was given up at somebody's wish, before any user met it.
    case cancelled
    /// Users met the new generation, and were steered back to the old one.
    case rolledBack(Failure)
    /// Nothing was done.
    case refused(Refusal)
    /// Done (of commands other than deploys).
    case done

    package var isCommitted: Bool {
        if case .committed = self { true } else { false }
    }
}

/// Why a command was not carried out.
package enum Refusal: Equatable, Codable, Sendable {
    /// A deploy is under way.
    case busy(GenerationNumber)
    /// So many generations drain that another one is not begun.
    case tooManyDrain(Crowd)
    /// Too many deploys wait already.
    case queueFull(limit: Int)
    /// The deploy has passed its cut-over.
    case tooLate(GenerationNumber)
    /// There is no such deploy.
    case nothingToCancel
    /// No new generation is being watched, or there is no old one to go back to.
    case nothingToUndo
    /// The release forbids to go back from it.
    case goesBackNever(label: String)
    /// No canary is under way.
    case noCanary
    /// Nobody would serve whom this takes to the generation.
    case noneReady(GenerationNumber, label: String, UserMove)
    /// No generation serves.
    case nothingServes
    /// The number of workers is out of range.
    case workersOutOfRange(ClosedRange<Int>)
    /// Another `scale` came before this one was done.
    case superseded
    /// The master is stopping.
    case stopping
}

/// By what somebody wants users to go to another generation.
package enum UserMove: String, Equatable, Codable, Sendable {
    case rollback, abort, promote
}

/// Generations that finish what they have, as many as there may be at a time.
package struct Crowd: Equatable, Codable, Sendable {
    /// How many.
    package let count: Int
    /// When the first of them is gone, at the latest; nil: it has not begun to drain.
    package let first: Duration?
}

/// Why a deploy, or a worker, did not come to what it was meant to.
package enum Failure: Equatable, Codable, Sendable {
    /// The state file could not be written.
    case notSaved(reason: String)
    /// A hook did not do what it was meant to.
    case hookFailed(HookKind, HookFailure)
    /// A lane could not be opened.
    case noLanes(reason: String)
    /// A worker's process could not be started.
    case notSpawned(slot: Slot, reason: String)
    /// A worker exited before the cut-over.
    case exitedEarly(LostWorker)
    /// A worker is ready, and nothing that users could be sent to.
    case unfit(slot: Slot, reason: String)
    /// Workers were not ready in time: these slots have not said so; the last probe's failure, if one was made.
    case neverReady(slots: [Slot], after: Duration, lastProbe: String?)
    /// The probes got no good answer in time; nil: none was begun.
    case notAnswering(after: Duration, lastProbe: String?)
    /// The probes were answered, and for so long never well.
    case answersBadly(lasting: Duration, lastProbe: String)
    /// Steering to the new generation could not be set.
    case notSteered(reason: String)
    /// A worker exited during the watch.
    case exitedDuringWatch(LostWorker)
    /// What was counted during the watch speaks against the new generation.
    case evidence(Evidence)
    /// No worker of the new generation is ready, and one of the old generation is.
    case deserted
    /// No worker of the old generation is ready, so that users stay where they are. Stands behind what speaks against the
    /// new one.
    case nowhereToGoBack(GenerationNumber, label: String)
    /// The deploy could not be recorded.
    case notCommitted(reason: String)
    /// The operator went back.
    case undoneByOperator
    /// The master was told to stop before the deploy was done.
    case masterStopped
    /// The machine went down before the deploy was done.
    case machineDied
    /// The master died before the cut-over, and the one that came after it gave the deploy up.
    case masterDied
}

/// A worker that exited when it should not have.
package struct LostWorker: Equatable, Codable, Sendable {
    /// Its number.
    package let worker: WorkerNumber
    /// Its slot.
    package let slot: Slot
    /// Its process id.
    package let pid: Int32
    /// How it ended.
    package let end: WorkerEnd
}
