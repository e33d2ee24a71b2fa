/// The part of a deploy before its cut-over: the new generation boots and proves itself, and no user has met it.
enum DeployProof: Equatable, Sendable {
    /// The state with the new generation in it is being saved. → preparing, booting, conclusion
    case saving
    /// The before hook runs. → booting, abandoning, conclusion
    case preparing(HookMachine)
    /// Nobody wants the deploy any more, and its before hook is being ended. → conclusion
    case abandoning(HookMachine, Outcome)
    /// Lanes and workers. → probing, savingCutOver, conclusion
    case booting
    /// The workers are ready. → savingCutOver, conclusion
    case probing
    /// Proven; the state is being saved once more. → exposure, conclusion
    case savingCutOver

    /// The first orders of a deploy.
    static func begin(_ deploy: inout Deploy) -> [DeployOrder] {
        deploy.step = deploy.hook(.before) == nil ? .booting : .beforeHook
        return [deploy.report(.started(deploy.step)), .effect(.save(deploy.generation))]
    }

    /// The first orders of a deploy that goes back to a generation that is warm: it was proven when it came to serve.
    static func beginReturn(_ deploy: inout Deploy) -> DeployTurn {
        deploy.step = .cuttingOver
        return DeployTurn(
            [deploy.report(.started(.cuttingOver)), .effect(.save(deploy.generation))], to: .proof(.savingCutOver))
    }

    var stage: DeployStage {
        switch self {
        case .saving: .saving
        case .preparing: .preparing
        case .abandoning: .abandoning
        case .booting: .booting
        case .probing: .probing
        case .savingCutOver: .savingCutOver
        }
    }

    /// The hook under way, and what the deploy comes to when it is over; nil: it goes on.
    var hook: (HookMachine, Outcome?)? {
        switch self {
        case .preparing(let hook): (hook, nil)
        case .abandoning(let hook, let outcome): (hook, outcome)
        case .saving, .booting, .probing, .savingCutOver: nil
        }
    }

    func handle(_ input: DeployInput, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch input {
        case .saved: saved(&deploy)
        case .saveFailed(let reason): saveFailed(reason, &deploy, at: now)
        case .generation(let news): generation(news, &deploy, at: now)
        case .hook(let kind, let news):
            hook?.0.kind == kind ? moveHook(&deploy, at: now) { $0.handle(news, at: now) } : DeployTurn()
        case .cancel: end(.cancelled, &deploy, at: now)
        case .stop: end(.failed(.masterStopped), &deploy, at: now)
        case .undo(let request, _): .refuse(request, .nothingToUndo)
        case .promote(let request), .abort(let request): .refuse(request, .noCanary)
        case .tick: moveHook(&deploy, at: now) { $0.tick(at: now) }
        case .observed(let seen): observed(seen, &deploy)
        case .steered, .steeringFailed, .committed, .commitFailed, .probed, .tested, .reconsider:
            DeployTurn()
        }
    }

    private func saved(_ deploy: inout Deploy) -> DeployTurn {
        switch self {
        case .saving:
            guard let hook = deploy.hook(.before) else { return DeployTurn(deploy.boot, to: .proof(.booting)) }
            return DeployTurn(hook.begin().map(DeployOrder.effect), to: .proof(.preparing(hook)))
        case .savingCutOver:
            return DeployExposure.begin(deploy)
        case .preparing, .abandoning, .booting, .probing:
            return DeployTurn()
        }
    }

    /// What the old generation did before it had anything to do with the new one.
    private func observed(_ seen: Observation, _ deploy: inout Deploy) -> DeployTurn {
        deploy.before = deploy.before ?? seen.old
        return DeployTurn()
    }

    private func saveFailed(_ reason: String, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .saving, .savingCutOver: giveUp(.failed(.notSaved(reason: reason)), &deploy, at: now)
        case .preparing, .abandoning, .booting, .probing: DeployTurn()
        }
    }

    private func generation(_ news: GenerationNews, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch (self, news) {
        case (.booting, .ready):
            return DeployTurn(deploy.next(.probing, at: now), to: .proof(.probing))
        case (.booting, .proven), (.probing, .proven):
            let steps = deploy.next(deploy.hasCanary ? .canary : .cuttingOver, at: now)
            return DeployTurn(steps + [.effect(.save(deploy.generation))], to: .proof(.savingCutOver))
        case (.saving, .failed(let failure)), (.booting, .failed(let failure)), (.probing, .failed(let failure)),
            (.savingCutOver, .failed(let failure)):
            return giveUp(.failed(failure), &deploy, at: now)
        case (.saving, _), (.preparing, _), (.abandoning, _), (.booting, .lost), (.probing, .lost), (.probing, .ready),
            (.savingCutOver, .lost), (.savingCutOver, .ready), (.savingCutOver, .proven):
            return DeployTurn()
        }
    }

    /// It ends here: at once, but for a hook that must be gone first.
    private func end(_ outcome: Outcome, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .saving, .booting, .probing, .savingCutOver:
            giveUp(outcome, &deploy, at: now)
        case .preparing(let hook):
            DeployProof.abandoning(hook, outcome).moveHook(&deploy, at: now) { $0.end(.unwanted, at: now) }
        case .abandoning:
            DeployTurn()
        }
    }

    /// Lets the hook under way move, and goes on from it when it is over.
    private func moveHook(
        _ deploy: inout Deploy, at now: Instant, _ move: (inout HookMachine) -> [Effect]
    ) -> DeployTurn {
        switch self {
        case .preparing(var hook):
            let orders = move(&hook).map(DeployOrder.effect)
            guard case .over(let failure) = hook.state else { return DeployTurn(orders, to: .proof(.preparing(hook))) }
            if let failure { return orders + giveUp(.failed(.hookFailed(hook.kind, failure)), &deploy, at: now) }
            return DeployTurn(orders + deploy.next(.booting, at: now) + deploy.boot, to: .proof(.booting))
        case .abandoning(var hook, let outcome):
            let orders = move(&hook).map(DeployOrder.effect)
            guard case .over = hook.state else { return DeployTurn(orders, to: .proof(.abandoning(hook, outcome))) }
            return orders + giveUp(outcome, &deploy, at: now)
        case .saving, .booting, .probing, .savingCutOver:
            return DeployTurn()
        }
    }

    /// Ends a deploy that no user has met.
    private func giveUp(_ outcome: Outcome, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        [.abandon] + DeployConclusion.finish(outcome, &deploy, at: now)
    }
}

extension Deploy {
    /// The new generation boots. With what the old one does from now on the watch compares.
    fileprivate var boot: [DeployOrder] {
        guard let predecessor, evidence.looks else { return [.boot] }
        return [.boot, .effect(.observe(new: generation, old: predecessor))]
    }
}

// A later master gives it up: to boot and prove the release anew is a new deploy.
extension DeployProof {
    /// What another master left; nil: it was in another part. The before hook is ended, and what waits for its end is the
    /// giving up: two of them must never run at a time.
    init?(_ stage: DeployStage, hook: HookMachine?, _ outcome: Outcome?) {
        switch stage {
        case .saving: self = .saving
        case .preparing, .abandoning:
            guard let hook else { return nil }
            self = .abandoning(hook, outcome ?? .failed(.masterDied))
        case .booting: self = .booting
        case .probing: self = .probing
        case .savingCutOver: self = .savingCutOver
        default: return nil
        }
    }

    func resume(_ remains: DeployRemains, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .saving:
            giveUp(.failed(.masterDied), &deploy, at: now)
        case .booting, .probing, .savingCutOver:
            remains.newDrains && deploy.warmUntil == nil
                ? DeployConclusion.finish(.failed(.masterDied), &deploy, at: now)
                : giveUp(.failed(.masterDied), &deploy, at: now)
        case .preparing, .abandoning:
            moveHook(&deploy, at: now) { $0.end(.unwanted, at: now) }
        }
    }
}
