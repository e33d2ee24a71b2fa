/// One deploy on its way: it decides the next step, and orders it.
package struct DeploymentMachine: Equatable, Sendable {
    /// Where it stands.
    package enum State: Equatable, Sendable {
        /// The state with the new generation in it is being saved. → preparing, booting, concluding, over
        case saving
        /// The before hook runs. → booting, abandoning, concluding, over
        case preparing(HookMachine)
        /// Nobody wants the deploy any more, and its before hook is being ended. → concluding, over
        case abandoning(HookMachine, Outcome)
        /// Lanes and workers. → probing, savingCutOver, concluding, over
        case booting
        /// The workers are ready. → savingCutOver, concluding, over
        case probing
        /// Proven; the state is being saved once more. → steeringShare, steering, concluding, over
        case savingCutOver
        /// A share of new connections is being steered. → canary, steering, undoing, over
        case steeringShare(Share)
        /// Both generations serve: the new one gets a share. → steeringShare, steering, undoing, over
        case canary(step: Int, WatchRun)
        /// New connections are being steered; `retryAt`: that failed, and is tried again then. What speaks against the new
        /// generation meanwhile decides when it is done. → watching, committing, undoing, concluding, over
        case steering(evidence: Failure?, retryAt: Instant? = nil)
        /// The new generation serves, the old one is warm. → committing, undoing, concluding, over
        case watching(WatchRun)
        /// It is being recorded; `retryAt`: that failed, and is tried again then. → undoing, concluding, over
        case committing(retryAt: Instant?)
        /// New connections are being steered back to the old generation. → concluding, over; where nobody is ready there by
        /// then also steering, and for a new master watching, committing
        case undoing(Undoing)
        /// It has its outcome, and the hook for that runs. → over
        case concluding(HookMachine, Outcome)
        /// It has its outcome.
        case over
    }

    /// What can happen to it.
    package enum Input: Equatable, Sendable {
        case saved
        case saveFailed(reason: String)
        /// From its generation.
        case generation(GenerationMachine.News)
        case steered
        case steeringFailed(reason: String)
        case committed
        case commitFailed(reason: String)
        /// From the hook under way.
        case hook(HookKind, HookNews)
        /// Somebody wants it given up, if it is not too late: see `canCancel`; or its last hook ended.
        case cancel
        /// Somebody wants the old generation back: see `canUndo`.
        case undo(RequestNumber?, force: Bool)
        /// Somebody wants the canary to be over, and the new generation to get all.
        case promote(RequestNumber?)
        /// Somebody wants the canary to be over, and the old generation to get all.
        case abort(RequestNumber?)
        /// What the new generation and the old one have counted.
        case observed(Observation)
        /// A probe of the new generation: why it failed; nil: it did not.
        case probed(failure: String?)
        /// Its release's own test: how it failed; nil: it did not.
        case tested(failure: String?)
        /// Who is ready may be others than before.
        case reconsider
        /// The master stops.
        case stop
        case tick
    }

    /// What it wants done, in this order.
    package enum Order: Equatable, Sendable {
        /// Perform this.
        case effect(Effect)
        /// The new generation may open lanes and boot.
        case boot
        /// The new generation ends at once: no user has met it.
        case abandon
        /// The new generation serves beside the old one.
        case share
        /// The new generation serves, the old one stays warm.
        case cutOver
        /// The old generation serves, the new one retires. `isBad`: what waits for it is passed on, since it may hang.
        case goBack(isBad: Bool)
        /// The old generation retires.
        case retireOld
        /// The new generation drains: users may have met it, and there is no other.
        case drainNew
        /// The deploy is over. The history and the client have been told.
        case over(Outcome)
    }

    /// A step of the canary that is being steered.
    package struct Share: Equatable, Sendable {
        /// Which one, from 0.
        package let step: Int
        /// What speaks against the new generation meanwhile. It decides when the steering is done.
        package var evidence: Failure?
        /// All new connections are to follow at once.
        var isPromoted = false
        /// When it is steered again, since that failed; nil: it is being steered.
        var retryAt: Instant?
    }

    /// How the going back goes.
    package struct Undoing: Equatable, Sendable {
        /// Why.
        package let reason: Failure
        /// What the client will be told.
        package let outcome: Outcome
        /// When steering back is tried again; nil: it is being tried.
        package var retryAt: Instant?
        var backoff: Backoff
    }

    /// Who is told.
    package let request: RequestNumber?
    /// Which verb it is.
    package let kind: DeployKind
    /// The new generation.
    package let generation: GenerationNumber
    /// The generation that served when it began.
    package let predecessor: GenerationNumber?
    /// The release of the predecessor.
    package let from: String?
    /// The release deployed.
    package let plan: ReleasePlan
    /// How long it is watched.
    let watch: Duration
    package let evidence: EvidencePolicy
    let respawn: RespawnPolicy
    /// From asking a hook to end until it is killed.
    let grace: Duration
    /// When it began.
    package let startedAt: Instant
    /// Where it stands.
    package internal(set) var state: State = .saving
    /// The step under way.
    package internal(set) var step: DeployStep = .booting
    /// Since when.
    package internal(set) var stepSince: Instant
    /// The steps that are done.
    package internal(set) var durations: [StepDuration] = []
    /// Who wanted it undone, and waits.
    var undoRequests: [RequestNumber?] = []
    /// Who wanted the canary promoted, and waits.
    var promoteRequests: [RequestNumber?] = []
    /// What spoke against the new generation, and did not decide.
    var warnings: [Failure] = []
    /// The pauses between attempts to record it.
    var commitBackoff: Backoff
    /// The pauses between attempts to steer to the new generation, where nobody is ready in the old one.
    var steeringBackoff: Backoff
    /// Who is ready now, as ``Machine`` says before each input.
    var ready = WhoIsReady()
    /// The master stops: nobody is steered any more.
    var isStopping = false

    init(
        request: RequestNumber?, kind: DeployKind, generation: GenerationNumber, plan: ReleasePlan, policies: Policies,
        predecessor: GenerationNumber?, from: String?, at now: Instant
    ) {
        self.request = request
        self.kind = kind
        self.generation = generation
        self.plan = plan
        self.predecessor = predecessor
        self.from = from
        let own = policies.applying(plan.overrides)
        // A first start has nothing to go back to, and is watched only for the kinds that no probe has asked.
        watch = predecessor == nil && plan.processes.isEmpty ? .zero : own.watch
        evidence = predecessor == nil ? .exitsOnly : own.evidence
        respawn = policies.respawn
        commitBackoff = Backoff(policies.respawn)
        steeringBackoff = Backoff(policies.respawn)
        grace = policies.terminateGrace
        startedAt = now
        stepSince = now
    }

    /// When it wants a tick.
    package var nextDeadline: Instant? {
        switch state {
        case .canary(_, let run), .watching(let run): run.nextDeadline
        case .committing(let retryAt), .steering(_, let retryAt): retryAt
        case .steeringShare(let share): share.retryAt
        case .undoing(let undoing): undoing.retryAt
        case .preparing(let hook), .abandoning(let hook, _), .concluding(let hook, _): hook.nextDeadline
        case .saving, .booting, .probing, .savingCutOver, .over: nil
        }
    }

    /// Whether no user can have met the new generation yet.
    package var canCancel: Bool {
        switch state {
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver: true
        case .steeringShare, .canary, .steering, .watching, .committing, .undoing, .concluding, .over: false
        }
    }

    /// Whether the old generation is warm and the new one not yet committed.
    package var canUndo: Bool {
        switch state {
        case .steeringShare, .canary, .steering, .watching, .undoing: predecessor != nil
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .committing, .concluding, .over:
            false
        }
    }
}
