/// The last part of a deploy: it has its outcome, and the hook for that may run.
enum DeployConclusion: Equatable, Sendable {
    /// The hook runs. → over
    case concluding(HookMachine, Outcome)
    case over

    /// Tells history, and then, perhaps after a hook, the client. The step under way counts, though it did not end well.
    static func finish(_ outcome: Outcome, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let wasUndoing = deploy.step == .undoing
        let last = wasUndoing ? [deploy.report(.finished(.undoing, took: now - deploy.stepSince))] : []
        deploy.countStep(at: now)
        return last + [.effect(.record(deploy.entry(outcome)))] + conclude(outcome, &deploy, at: now)
    }

    /// Ends a first start that users may have met.
    static func withoutWayBack(_ failure: Failure, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        [.drainNew] + finish(.failed(failure), &deploy, at: now)
    }

    /// Ends, since the master stops, a deploy whose new generation users have met.
    static func stop(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let answers = deploy.answerUndoers(.refused(.stopping)) + deploy.answerPromoters(.refused(.stopping))
        return finish(.failed(.masterStopped), &deploy, at: now) + answers
    }

    /// The outcome is recorded. The hook for it runs, if there is one, and then the client is told.
    static func conclude(_ outcome: Outcome, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let kind = outcome.isCommitted ? HookKind.after : .failure
        // A first start that died with its master is tried again: that is no failure yet.
        let isTriedAgain = deploy.kind == .start && outcome == .failed(.masterDied)
        guard !deploy.isStopping, !isTriedAgain, let hook = deploy.hook(kind) else { return tell(outcome, deploy) }
        deploy.begin(kind.step, at: now)
        let news = [deploy.report(.concluding(outcome)), deploy.report(.started(kind.step))]
        return DeployTurn(news + hook.begin().map(DeployOrder.effect), to: .conclusion(.concluding(hook, outcome)))
    }

    private static func tell(_ outcome: Outcome, _ deploy: Deploy) -> DeployTurn {
        DeployTurn([.effect(.finish(deploy.request, outcome)), .over(outcome)], to: .conclusion(.over))
    }

    var stage: DeployStage {
        switch self {
        case .concluding: .concluding
        case .over: .over
        }
    }

    /// The hook under way, and the outcome.
    var hook: (HookMachine, Outcome)? {
        if case .concluding(let hook, let outcome) = self { (hook, outcome) } else { nil }
    }

    func handle(_ input: DeployInput, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch input {
        case .hook(let kind, let news):
            hook?.0.kind == kind ? moveHook(&deploy, at: now) { $0.handle(news, at: now) } : DeployTurn()
        case .cancel, .stop: moveHook(&deploy, at: now) { $0.end(.unwanted, at: now) }
        case .tick: moveHook(&deploy, at: now) { $0.tick(at: now) }
        case .undo(let request, _): .refuse(request, .nothingToUndo)
        case .promote(let request), .abort(let request): .refuse(request, .noCanary)
        case .saved, .saveFailed, .generation, .steered, .steeringFailed, .committed, .commitFailed, .observed, .probed,
            .tested, .reconsider:
            DeployTurn()
        }
    }

    /// Lets the hook move. When it is over, well or badly, the outcome stays what it was.
    private func moveHook(
        _ deploy: inout Deploy, at now: Instant, _ move: (inout HookMachine) -> [Effect]
    ) -> DeployTurn {
        guard case .concluding(var hook, let outcome) = self else { return DeployTurn() }
        let orders = move(&hook).map(DeployOrder.effect)
        guard case .over(let failure) = hook.state else {
            return DeployTurn(orders, to: .conclusion(.concluding(hook, outcome)))
        }
        let step = deploy.step
        var told = [deploy.report(.finished(step, took: now - deploy.stepSince))]
        if let failure {
            told = [
                deploy.report(.failed(step)), deploy.report(.note(.hookFailed(deploy.generation, hook.kind, failure))),
                .effect(.recordHook(deploy.entry(outcome), hook.kind, failure)),
            ]
        }
        return orders + told + Self.tell(outcome, deploy)
    }

    /// Goes on where another master stopped: what never began is begun; what ended while nobody looked is over.
    func resume(of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        moveHook(&deploy, at: now) { $0.state == .spawning ? $0.begin() : [] }
    }
}
