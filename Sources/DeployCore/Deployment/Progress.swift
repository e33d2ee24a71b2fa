/// News on the way to an outcome.
package enum Progress: Equatable, Sendable {
    /// The deploy waits behind so many others.
    case queued(behind: Int)
    /// A step began.
    case started(DeployStep)
    /// A step ended well.
    case finished(DeployStep, took: Duration)
    /// A step ended badly, and what follows does not depend on it.
    case failed(DeployStep)
    /// The deploy has this outcome; the hook for it runs before it is told as the last word.
    case concluding(Outcome)
    /// What users have got so far in the watch under way; so many answers are waited for beyond its time.
    case seen(WatchSummary, awaited: Int?)
    /// By what the release was judged, in words: it belongs to the step that is finished next.
    case judged(String)
    /// Something that an operator may want to know.
    case note(Note)
}

/// Something that happened outside the plan, and what follows from it.
package enum Note: Equatable, Sendable {
    /// A worker exited; it is started again then (nil: it is not).
    case exited(GenerationNumber, LostWorker, respawnIn: Duration?)
    /// A worker could not be started; it is tried again then.
    case notSpawned(GenerationNumber, slot: Slot, reason: String, retryIn: Duration)
    /// A generation's workers keep crashing. Respawning goes on.
    case crashLoop(GenerationNumber)
    /// A respawned worker did not get ready in time, and is replaced.
    case slowRespawn(GenerationNumber, slot: Slot)
    /// The queues of an old generation did not run empty in time: its workers are told to drain all the same.
    case queueNotEmpty(GenerationNumber, waiting: Int)
    /// A worker had not finished at its drain deadline, and is asked to exit at once.
    case drainDeadline(GenerationNumber, slot: Slot)
    /// A worker did not exit within the grace, and is killed.
    case killed(GenerationNumber, slot: Slot)
    /// A deploy begins when one of those that drain is gone.
    case waitsForRoom(Crowd)
    /// A generation gets so many percent of new connections, for so long; nil: until somebody promotes or aborts.
    case canary(GenerationNumber, CanaryStep)
    /// A worker is replaced by a fresh one, for this cause.
    case recycled(GenerationNumber, slot: Slot, RecycleCause)
    /// A worker that was being replaced exited before it was told to drain.
    case exitedRecycled(GenerationNumber, LostWorker)
    /// Something speaks against the new generation, and its release forbids to go back.
    case warned(GenerationNumber, Failure)
    /// Something speaks against the new generation, or an operator does (nil), and this is why it stays all the same.
    case notTakenBack(GenerationNumber, Failure?, because: Failure)
    /// Steering to the new generation failed, and in the old one nobody is ready: it is tried again then.
    case steeringFailed(GenerationNumber, reason: String, retryIn: Duration)
    /// A deploy of this release waits, and begins when the one under way has been taken back.
    case deployWaits(label: String)
    /// The deploy could not be recorded, and is not taken back; it is tried again then.
    case commitFailed(GenerationNumber, reason: String, retryIn: Duration)
    /// Steering back failed; it is tried again then. Old and new generation both keep running.
    case steeringBackFailed(reason: String, retryIn: Duration)
    /// A hook failed after its deploy had its outcome, which stays what it was.
    case hookFailed(GenerationNumber, HookKind, HookFailure)
}

extension Note: CustomStringConvertible {
    /// One line, without its end.
    package var description: String {
        switch self {
        case .exited(let generation, let worker, nil):
            "generation \(generation): \(worker)"
        case .exited(let generation, let worker, let delay?):
            "generation \(generation): \(worker); it is restarted in \(delay.text)"
        case .notSpawned(let generation, let slot, let reason, let delay):
            "generation \(generation): worker \(slot) could not be started: \(reason); retried in \(delay.text)"
        case .crashLoop(let generation):
            "generation \(generation): its workers keep crashing; they are still restarted"
        case .slowRespawn(let generation, let slot):
            "generation \(generation): worker \(slot) was not ready in time; it is replaced"
        case .queueNotEmpty(let generation, let waiting):
            "generation \(generation): \(CountText.of(waiting, "connection")) left in its queue; its workers drain anyway"
        case .drainDeadline(let generation, let slot):
            "generation \(generation): worker \(slot) had not finished at its deadline; it is asked to exit at once"
        case .killed(let generation, let slot):
            "generation \(generation): worker \(slot) was asked to exit and has not exited; it is killed"
        case .waitsForRoom(let crowd): "\(crowd); this deploy begins then"
        case .canary(let generation, let step):
            "\(step.percent) % of new connections go to generation \(generation), "
                + (step.duration.map { "for \($0.text)" } ?? "until `deployd promote` or `deployd abort`")
        case .recycled(let generation, let slot, let cause):
            "generation \(generation): worker \(slot) \(cause); it is replaced"
        case .exitedRecycled(let generation, let worker):
            "generation \(generation): \(worker) while it was being replaced"
        case .warned(let generation, let failure):
            "generation \(generation): \(failure); its release says `rollback: \"never\"`, so it keeps serving"
        case .notTakenBack(let generation, let failure, let why):
            "generation \(generation): \(failure.map { "\($0); " } ?? "")\(why), so it keeps serving"
        case .steeringFailed(let generation, let reason, let delay):
            "new connections could not be steered to generation \(generation): \(reason); no worker of the old generation is "
                + "ready; retried in \(delay.text)"
        case .deployWaits(let label):
            "a deploy of \(label) waits, and begins when this one has been rolled back; Ctrl-C in its terminal cancels it"
        case .commitFailed(let generation, let reason, let delay):
            "generation \(generation) could not be recorded: \(reason); it keeps serving; retried in \(delay.text)"
        case .steeringBackFailed(let reason, let delay):
            "steering back failed: \(reason); retried in \(delay.text)"
        case .hookFailed(let generation, let hook, let failure):
            "generation \(generation): the \(hook) hook \(failure)"
        }
    }
}
