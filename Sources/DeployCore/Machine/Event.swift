/// Everything that the machine can learn: commands, answers to its effects, news of workers, and time.
///
/// Numbers that the machine no longer knows (a probe's answer after its generation was given up) are ignored.
package enum Event: Equatable, Sendable {
    // MARK: Commands

    /// Starts a generation of the release and brings it to serve. With `wait` it is queued behind a deploy under way,
    /// without it is refused then. A queued `restart` takes the release that serves when its turn comes.
    case deploy(RequestNumber?, ReleasePlan, DeployKind, wait: Bool)
    /// Gives up a deploy before its cut-over, or takes a queued one off the queue; nil: the one under way.
    case cancel(RequestNumber?, deploy: RequestNumber?)
    /// Goes back to the old generation while the new one is watched; with `force` also where the release forbids it.
    /// Later than that, `rollback` is a `deploy`.
    case undo(RequestNumber?, force: Bool = false)
    /// Ends a canary by the full cut-over.
    case promote(RequestNumber?)
    /// Ends a canary by going back.
    case abort(RequestNumber?)
    /// Gives the serving generation, and all that follow, so many workers.
    case scale(RequestNumber?, workers: Int)
    /// Ends every worker and then the master: at idle or at the stop timeout, or, with `now`, at once.
    case stop(RequestNumber?, now: Bool)

    /// Goes by other policies from now on. Generations that are there, and their deploy, keep theirs.
    case configured(Policies)

    // MARK: Answers to effects

    /// The durable state is on disk.
    case saved(GenerationNumber)
    /// The durable state could not be written.
    case saveFailed(GenerationNumber, reason: String)
    /// Every listener has a lane for the generation.
    case lanesOpened(GenerationNumber)
    /// At least one listener has none, and the loop has given back the others.
    case lanesFailed(GenerationNumber, reason: String)
    /// The launch step runs, and waits for `launch` before it becomes the worker.
    case spawned(WorkerNumber, ProcessIdentity)
    /// There is no process.
    case spawnFailed(WorkerNumber, reason: String)
    /// A probe was answered as it should be.
    case probeSucceeded(GenerationNumber)
    /// A probe was answered otherwise, or not in time.
    case probeFailed(GenerationNumber, ProbeFailure)
    /// The release's own test has ended: why it failed, or nil.
    case tested(GenerationNumber, failure: String?)
    /// The kernel goes by the target, on every listener.
    case steered(SteeringTarget)
    /// On at least one listener the kernel does not go by the target. What each listener goes by is unknown.
    case steeringFailed(SteeringTarget, reason: String)
    /// How many connections wait in the generation's lanes. (0 where the lane is shared by all generations.)
    case queueLength(GenerationNumber, Int)
    /// The resident memory of the generation's workers, in bytes.
    case measured(GenerationNumber, [WorkerNumber: Int])
    /// What the two generations had counted.
    case observed(new: GenerationNumber, old: GenerationNumber, Observation)
    /// The deploy is recorded and the `current` link moved.
    case committed(GenerationNumber)
    /// The deploy could not be recorded.
    case commitFailed(GenerationNumber, reason: String)

    /// From the hook under way.
    case hook(HookKind, GenerationNumber, HookNews)

    // MARK: Workers

    /// The worker said READY=1, and with it how much of the contract it speaks.
    case ready(WorkerNumber, WorkerLevel)
    /// What the worker said of itself rules out that users meet its release.
    case unfit(WorkerNumber, reason: String)
    /// The worker asked for more time (EXTEND_TIMEOUT_USEC), counted from now.
    case extended(WorkerNumber, by: Duration)
    /// It said something to its watchdog.
    case pulse(WorkerNumber, Pulse)
    /// It has so many upgraded connections left; nil: it does not count them.
    case upgrades(WorkerNumber, Int?)
    /// The process was reaped.
    case exited(WorkerNumber, WorkerEnd)

    // MARK: Time

    /// The machine's next deadline has come.
    case tick
}
