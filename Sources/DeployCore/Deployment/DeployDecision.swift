/// The part of a deploy in which it is decided, and the decision not done yet: it is being recorded, or taken back.
enum DeployDecision: Equatable, Sendable {
    /// It is being recorded; `retryAt`: that failed, and is tried again then. → undoing, conclusion
    case committing(retryAt: Instant?)
    /// New connections are being steered back to the old generation. → conclusion; where nobody is ready there by then also
    /// exposure, and for a new master committing
    case undoing(Undoing)

    /// A going back that is under way.
    struct Undoing: Equatable, Sendable {
        let reason: Failure
        /// What the client will be told.
        let outcome: Outcome
        /// When steering back is tried again; nil: it is being tried.
        var retryAt: Instant?
        var backoff: Backoff
    }

    /// Has it recorded, unless users would be left where nobody is ready.
    static func commit(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        if let desertion = deploy.desertion { return goBack(desertion, &deploy, at: now) }
        return deploy.next(.committing, at: now) + record(deploy)
    }

    private static func record(_ deploy: Deploy) -> DeployTurn {
        DeployTurn(
            [.effect(.commit(deploy.entry(.committed(deploy.generation))))], to: .decision(.committing(retryAt: nil)))
    }

    /// Steers back to the old generation.
    static func goBack(_ reason: Failure, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let undoing = Undoing(reason: reason, outcome: outcome(reason), backoff: Backoff(deploy.respawn))
        // The step that this cuts short counts: users were on the new generation for as long.
        if deploy.step != .undoing { deploy.countStep(at: now) }
        deploy.begin(.undoing, at: now)
        let answers = deploy.answerPromoters(.failed(reason))
        return answers + [deploy.report(.started(.undoing))] + steerBack(undoing, deploy)
    }

    private static func outcome(_ reason: Failure) -> Outcome {
        switch reason {
        case .exitedEarly, .exitedDuringWatch, .evidence, .deserted, .undoneByOperator: .rolledBack(reason)
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .unfit, .neverReady, .notAnswering, .answersBadly,
            .notSteered,
            .notCommitted, .nowhereToGoBack,
            .masterStopped, .masterDied, .machineDied:
            .failed(reason)
        }
    }

    private static func steerBack(_ undoing: Undoing, _ deploy: Deploy) -> DeployTurn {
        guard let predecessor = deploy.predecessor else {
            fatalError("generation \(deploy.generation) has no predecessor to go back to")
        }
        return DeployTurn([.effect(.steer(.only(predecessor)))], to: .decision(.undoing(undoing)))
    }

    var stage: DeployStage {
        switch self {
        case .committing: .committing
        case .undoing: .undoing
        }
    }

    var nextDeadline: Instant? {
        switch self {
        case .committing(let retryAt): retryAt
        case .undoing(let undoing): undoing.retryAt
        }
    }

    /// The going back, if it is one.
    var undoing: Undoing? {
        if case .undoing(let undoing) = self { undoing } else { nil }
    }

    /// The target whose `steered` it waits for.
    func awaitedTarget(_ deploy: Deploy) -> SteeringTarget? {
        undoing != nil && nextDeadline == nil ? deploy.predecessor.map(SteeringTarget.only) : nil
    }

    func handle(_ input: DeployInput, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch (self, input) {
        case (.committing, .committed): committed(&deploy, at: now)
        case (.committing, .commitFailed(let reason)): commitFailed(reason, &deploy, at: now)
        // It was not recorded, and nothing is under way that would answer.
        case (.committing(.some), .stop), (.undoing, .stop): DeployConclusion.stop(&deploy, at: now)
        case (.committing, .undo(let request, _)): .refuse(request, .nothingToUndo)
        case (.committing, .tick):
            if let desertion = deploy.desertion {
                Self.goBack(desertion, &deploy, at: now)
            } else {
                Self.record(deploy)
            }
        case (.undoing(let undoing), .steered): steeredBack(undoing, &deploy, at: now)
        case (.undoing(let undoing), .steeringFailed(let reason)): steerLater(undoing, reason, &deploy, at: now)
        case (.undoing, .undo(let request, _)): wait(request, &deploy)
        case (.undoing(let undoing), .tick): tick(undoing, &deploy, at: now)
        case (_, .promote(let request)), (_, .abort(let request)): .refuse(request, .noCanary)
        case (.committing(nil), .stop), (.committing, .steered), (.committing, .steeringFailed), (.undoing, .committed),
            (.undoing, .commitFailed), (_, .saved), (_, .saveFailed), (_, .generation), (_, .hook), (_, .cancel),
            (_, .observed), (_, .probed), (_, .tested), (_, .reconsider):
            DeployTurn()
        }
    }

    private func committed(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let retire = deploy.predecessor == nil || deploy.isStopping ? [] : [DeployOrder.retireOld]
        let last = deploy.report(.finished(.committing, took: now - deploy.stepSince))
        let outcome = Outcome.committed(deploy.generation)
        return retire + [last, .effect(.prune)] + DeployConclusion.conclude(outcome, &deploy, at: now)
    }

    private func commitFailed(_ reason: String, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let failure = Failure.notCommitted(reason: reason)
        if deploy.isStopping { return DeployConclusion.finish(.failed(failure), &deploy, at: now) }
        guard deploy.predecessor != nil else { return DeployConclusion.withoutWayBack(failure, &deploy, at: now) }
        // Where the release forbids to go back, the note of the pause says it all.
        let isFree = deploy.mayStay(in: failure)
        guard let kept = isFree ? [] : deploy.stay(in: failure) else { return Self.goBack(failure, &deploy, at: now) }
        let retryAt = deploy.commitBackoff.failed(at: now)
        let note = Note.commitFailed(deploy.generation, reason: reason, retryIn: retryAt - now)
        return DeployTurn(kept + [deploy.report(.note(note))], to: .decision(.committing(retryAt: retryAt)))
    }

    private func steeredBack(_ undoing: Undoing, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard undoing.retryAt == nil else { return DeployTurn() }
        let end = DeployConclusion.finish(undoing.outcome, &deploy, at: now)
        return [.goBack(isBad: undoing.reason != .undoneByOperator)] + end + deploy.answerUndoers(.done)
    }

    private func steerLater(
        _ undoing: Undoing, _ reason: String, _ deploy: inout Deploy, at now: Instant
    ) -> DeployTurn {
        var undoing = undoing
        let retryAt = undoing.backoff.failed(at: now)
        undoing.retryAt = retryAt
        let note = Note.steeringBackFailed(reason: reason, retryIn: retryAt - now)
        return DeployTurn([deploy.report(.note(note))], to: .decision(.undoing(undoing)))
    }

    /// It is being done already.
    private func wait(_ request: RequestNumber?, _ deploy: inout Deploy) -> DeployTurn {
        deploy.undoRequests.append(request)
        return DeployTurn()
    }

    private func tick(_ undoing: Undoing, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        if deploy.isOnlyNewReady { return giveUp(undoing, &deploy, at: now) }
        var undoing = undoing
        undoing.retryAt = nil
        return Self.steerBack(undoing, deploy)
    }

    /// Steering back failed, and by now nobody is ready there: users, who may be anywhere, go to the new generation, and it
    /// is watched from the beginning.
    private func giveUp(_ undoing: Undoing, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        deploy.forget(undoing.reason)
        let news = deploy.giveUpGoingBack(undoing.reason)
        let steps = [deploy.report(.failed(deploy.step)), deploy.report(.started(.cuttingOver))]
        deploy.countStep(at: now)
        deploy.begin(.cuttingOver, at: now)
        return news + steps + DeployExposure.steer(deploy)
    }
}

// A later master goes on the same way.
extension DeployDecision {
    /// What another master left; nil: it was in another part, or there is nothing to go on with.
    init?(_ durable: DurableDeployment, of deploy: inout Deploy, at now: Instant) {
        switch durable.stage {
        case .committing: self = .committing(retryAt: nil)
        case .undoing:
            guard deploy.predecessor != nil,
                case .decision(let decision) = Self.goBack(durable.evidence ?? .masterDied, &deploy, at: now).state
            else { return nil }
            self = decision
        default: return nil
        }
    }

    func resume(_ remains: DeployRemains, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .committing: return Self.record(deploy)
        case .undoing(let undoing):
            guard remains.newServes, deploy.isOnlyNewReady else { return Self.steerBack(undoing, deploy) }
            return deploy.giveUpGoingBack(undoing.reason) + DeployExposure.watch(&deploy, at: now)
        }
    }
}
