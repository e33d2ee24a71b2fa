// The canary: before the cut-over the new generation gets a share of new connections, step by step, and is judged as in
// the watch. And what an operator says of users meanwhile.
extension DeployExposure {
    /// A step of the canary that is being steered.
    struct Share: Equatable, Sendable {
        /// From 0.
        let step: Int
        /// What speaks against the new generation meanwhile. It decides when the steering is done.
        var evidence: Failure?
        /// All new connections are to follow at once.
        var isPromoted = false
        /// When it is steered again, since that failed; nil: it is being steered.
        var retryAt: Instant?
    }

    /// The step of the canary that is under way; nil: none is.
    var canaryStep: Int? {
        switch self {
        case .steeringShare(let share): share.step
        case .canary(let step, _): step
        case .steering, .watching: nil
        }
    }

    /// Sends the step's share to the new generation.
    static func steerShare(_ share: Share, _ deploy: Deploy) -> DeployTurn {
        guard let target = deploy.target(of: share.step) else {
            fatalError("generation \(deploy.generation) has nobody to share with")
        }
        return DeployTurn([.effect(.steer(target))], to: .exposure(.steeringShare(share)))
    }

    static func shareSteered(_ share: Share, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        var orders: [DeployOrder] = []
        if let evidence = share.evidence {
            guard let kept = deploy.stay(in: evidence) else { return DeployDecision.goBack(evidence, &deploy, at: now) }
            orders += kept
        }
        guard !share.isPromoted else { return orders + cutOver(&deploy, at: now) }
        let step = deploy.plan.canary[share.step]
        let run = WatchRun(deploy, until: step.duration.map { now + $0 }, at: now)
        orders.append(deploy.report(.note(.canary(deploy.generation, step))))
        return orders + goOn(share.step, run, &deploy, at: now)
    }

    /// Goes on with a step whose time has come for something.
    static func goOn(_ step: Int, _ run: WatchRun, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        if let desertion = deploy.overdueDesertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
        if run.isOver(at: now) {
            if let desertion = deploy.desertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
            deploy.seen.add(run, at: now)
            let next = step + 1
            return next < deploy.plan.canary.count
                ? steerShare(Share(step: next), deploy) : cutOver(&deploy, at: now)
        }
        var run = run
        let orders = run.looks(of: deploy, at: now)
        return DeployTurn(orders, to: .exposure(.canary(step: step, run)))
    }

    /// All new connections go to the new generation.
    private static func cutOver(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        if let desertion = deploy.desertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
        return deploy.next(.cuttingOver, at: now) + steer(deploy)
    }

    func promote(_ request: RequestNumber?, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .steeringShare(var share):
            deploy.promoteRequests.append(request)
            share.isPromoted = true
            return DeployTurn(to: .exposure(.steeringShare(share)))
        case .canary(_, let run):
            guard deploy.ready.new || !deploy.ready.old else {
                return .refuse(request, .noneReady(deploy.generation, label: deploy.plan.label, .promote))
            }
            deploy.promoteRequests.append(request)
            deploy.seen.add(run, at: now)
            return Self.cutOver(&deploy, at: now)
        case .steering, .watching:
            return .refuse(request, .noCanary)
        }
    }

    func abort(_ request: RequestNumber?, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        canaryStep == nil
            ? .refuse(request, .noCanary) : undo(Undo(request, by: .abort, force: true), &deploy, at: now)
    }

    /// Somebody wants the old generation back.
    struct Undo {
        let request: RequestNumber?
        let move: UserMove
        /// Also where the release forbids it.
        let force: Bool

        init(_ request: RequestNumber?, by move: UserMove, force: Bool) {
            self.request = request
            self.move = move
            self.force = force
        }
    }

    func undo(_ wish: Undo, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard deploy.predecessor != nil else { return .refuse(wish.request, .nothingToUndo) }
        let neverGoesBack = deploy.plan.overrides.neverGoesBack
        if neverGoesBack && !wish.force { return .refuse(wish.request, .goesBackNever(label: deploy.plan.label)) }
        guard deploy.ready.old else { return .refuse(wish.request, deploy.noneReady(wish.move)) }
        deploy.undoRequests.append(wish.request)
        guard run == nil, nextDeadline == nil else { return DeployDecision.goBack(.undoneByOperator, &deploy, at: now) }
        // Where the release forbids to go back, only the operator's word counts.
        return holding(neverGoesBack ? .undoneByOperator : evidence ?? .undoneByOperator)
    }
}

extension Deploy {
    /// Who gets connections in a step of the canary; nil: there is nobody to share with.
    func target(of step: Int) -> SteeringTarget? {
        predecessor.map { .split(generation, percent: plan.canary[step].percent, old: $0) }
    }
}
