/// The part of a deploy in which users meet the new generation, all or a share, while the old one stays warm.
enum DeployExposure: Equatable, Sendable {
    /// A share of new connections is being steered. → canary, steering, decision
    case steeringShare(Share)
    /// Both generations serve: the new one gets a share. → steeringShare, steering, decision
    case canary(step: Int, WatchRun)
    /// New connections are being steered; `retryAt`: that failed, and is tried again then. What speaks against the new
    /// generation meanwhile decides when it is done. → watching, decision, conclusion
    case steering(evidence: Failure?, retryAt: Instant? = nil)
    /// The new generation serves, the old one is warm. → decision, conclusion
    case watching(WatchRun)

    /// The new generation is proven, and its state saved.
    static func begin(_ deploy: Deploy) -> DeployTurn {
        deploy.hasCanary ? steerShare(Share(step: 0), deploy) : steer(deploy)
    }

    /// Sends all new connections to the new generation.
    static func steer(_ deploy: Deploy, evidence: Failure? = nil) -> DeployTurn {
        DeployTurn([deploy.steering], to: .exposure(.steering(evidence: evidence)))
    }

    /// The new generation serves: it is watched, or recorded at once.
    static func watch(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard deploy.watch > .zero else { return DeployDecision.commit(&deploy, at: now) }
        let news = deploy.next(.watching, at: now)
        return news + watching(WatchRun(deploy, until: now + deploy.watch, at: now), &deploy, at: now)
    }

    /// Goes on with a watch whose time has come for something.
    private static func watching(_ run: WatchRun, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        if let desertion = deploy.overdueDesertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
        guard !run.isOver(at: now) else { return deploy.judged(run, at: now) + DeployDecision.commit(&deploy, at: now) }
        var run = run
        let orders = run.looks(of: deploy, at: now)
        return DeployTurn(orders, to: .exposure(.watching(run)))
    }

    /// Something speaks against the new generation while users meet it.
    private static func speak(_ failure: Failure, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard deploy.predecessor != nil else { return DeployConclusion.withoutWayBack(failure, &deploy, at: now) }
        guard let kept = deploy.stay(in: failure) else { return DeployDecision.goBack(failure, &deploy, at: now) }
        return DeployTurn(kept)
    }

    var stage: DeployStage {
        switch self {
        case .steeringShare: .steeringShare
        case .canary: .canary
        case .steering: .steering
        case .watching: .watching
        }
    }

    var nextDeadline: Instant? {
        switch self {
        case .canary(_, let run), .watching(let run): run.nextDeadline
        case .steering(_, let retryAt): retryAt
        case .steeringShare(let share): share.retryAt
        }
    }

    /// The target whose `steered` it waits for.
    func awaitedTarget(_ deploy: Deploy) -> SteeringTarget? {
        switch self {
        case .steeringShare(let share): share.retryAt == nil ? deploy.target(of: share.step) : nil
        case .steering(_, let retryAt): retryAt == nil ? .only(deploy.generation) : nil
        case .canary, .watching: nil
        }
    }

    /// What speaks against the new generation, and is to be decided on when users have been steered.
    var evidence: Failure? {
        switch self {
        case .steeringShare(let share): share.evidence
        case .steering(let evidence, _): evidence
        case .canary, .watching: nil
        }
    }

    /// The watch under way.
    var run: WatchRun? {
        switch self {
        case .canary(_, let run), .watching(let run): run
        case .steeringShare, .steering: nil
        }
    }

    func handle(_ input: DeployInput, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch input {
        case .generation(let news): generation(news, &deploy, at: now)
        case .steered: steered(&deploy, at: now)
        case .steeringFailed(let reason): steeringFailed(reason, &deploy, at: now)
        case .undo(let request, let force): undo(Undo(request, by: .rollback, force: force), &deploy, at: now)
        case .promote(let request): promote(request, &deploy, at: now)
        case .abort(let request): abort(request, &deploy, at: now)
        case .observed(let seen): judge(&deploy, at: now) { $0.looked(seen, at: now) }
        case .probed(let failure): judge(&deploy, at: now) { $0.probed(failure, at: now) }
        case .tested(let failure): judge(&deploy, at: now) { $0.tested(failure, at: now) }
        case .reconsider: reconsider(&deploy, at: now)
        case .stop: DeployConclusion.stop(&deploy, at: now)
        case .tick: tick(&deploy, at: now)
        case .saved, .saveFailed, .committed, .commitFailed, .hook, .cancel: DeployTurn()
        }
    }

    private func generation(_ news: GenerationNews, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch (self, news) {
        case (.steeringShare, .failed(let failure)), (.steering, .failed(let failure)):
            holding(evidence ?? failure)
        case (.steeringShare, .lost(let worker)), (.steering, .lost(let worker)):
            // One that is steered to has served a share already.
            holding(evidence ?? .exitedDuringWatch(worker))
        case (.canary, .lost(let worker)), (.watching, .lost(let worker)):
            Self.speak(.exitedDuringWatch(worker), &deploy, at: now)
        case (.canary, .failed), (.watching, .failed), (_, .ready), (_, .proven):
            DeployTurn()
        }
    }

    /// Keeps what speaks against the new generation while users are being steered.
    func holding(_ evidence: Failure) -> DeployTurn {
        switch self {
        case .steeringShare(var share):
            share.evidence = evidence
            return DeployTurn(to: .exposure(.steeringShare(share)))
        case .steering(_, let retryAt):
            return DeployTurn(to: .exposure(.steering(evidence: evidence, retryAt: retryAt)))
        case .canary, .watching:
            return DeployTurn()
        }
    }

    private func steered(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .steeringShare(let share):
            return [.share] + Self.shareSteered(share, &deploy, at: now)
        case .steering(let evidence, _):
            return [.cutOver] + Self.allSteered(evidence, &deploy, at: now)
        case .canary, .watching:
            return DeployTurn()
        }
    }

    private static func allSteered(_ evidence: Failure?, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard let evidence else { return deploy.answerPromoters(.done) + watch(&deploy, at: now) }
        guard deploy.predecessor != nil else { return DeployConclusion.withoutWayBack(evidence, &deploy, at: now) }
        guard let kept = deploy.stay(in: evidence) else { return DeployDecision.goBack(evidence, &deploy, at: now) }
        return deploy.answerPromoters(.done) + kept + watch(&deploy, at: now)
    }

    private func steeringFailed(_ reason: String, _ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        let failure = Failure.notSteered(reason: reason)
        switch self {
        case .canary, .watching:
            return DeployTurn()
        case .steeringShare, .steering:
            guard deploy.predecessor != nil else { return DeployConclusion.withoutWayBack(failure, &deploy, at: now) }
            guard deploy.isOnlyNewReady else { return DeployDecision.goBack(failure, &deploy, at: now) }
        }
        let (retryAt, news) = deploy.steerLater(reason, at: now)
        if case .steeringShare(var share) = self {
            share.retryAt = retryAt
            return DeployTurn(news, to: .exposure(.steeringShare(share)))
        }
        return DeployTurn(news, to: .exposure(.steering(evidence: evidence, retryAt: retryAt)))
    }

    private func judge(
        _ deploy: inout Deploy, at now: Instant, _ look: (inout WatchRun) -> Evidence?
    ) -> DeployTurn {
        let state: DeployExposure
        let evidence: Evidence?
        let news: [DeployOrder]
        switch self {
        case .watching(var run):
            evidence = look(&run)
            news = deploy.news(&run, at: now)
            state = .watching(run)
        case .canary(let step, var run):
            evidence = look(&run)
            news = deploy.news(&run, at: now)
            state = .canary(step: step, run)
        case .steeringShare, .steering:
            return DeployTurn()
        }
        let turn = evidence.map { Self.speak(.evidence($0), &deploy, at: now) } ?? DeployTurn()
        return DeployTurn(turn.orders + news, to: turn.state ?? .exposure(state))
    }

    /// Users who could not go back when that was right go back once somebody is ready there, and nobody is where they are.
    private func reconsider(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        guard let desertion = deploy.overdueDesertion, run != nil else { return DeployTurn() }
        return DeployDecision.goBack(desertion, &deploy, at: now)
    }

    private func tick(_ deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .canary(let step, let run):
            return Self.goOn(step, run, &deploy, at: now)
        case .watching(let run):
            return Self.watching(run, &deploy, at: now)
        case .steeringShare(var share):
            if let desertion = deploy.desertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
            share.retryAt = nil
            return Self.steerShare(share, deploy)
        case .steering(let evidence, _):
            if let desertion = deploy.desertion { return DeployDecision.goBack(desertion, &deploy, at: now) }
            return Self.steer(deploy, evidence: evidence)
        }
    }
}

// A later master goes on: the release is proven and the intent on disk.
extension DeployExposure {
    /// What another master left; nil: it was in another part, or there is nothing to go on with.
    init?(_ durable: DurableDeployment, of deploy: Deploy, at now: Instant) {
        switch durable.stage {
        case .steeringShare, .canary:
            // Who served alone does again, until the share is steered once more.
            guard deploy.predecessor != nil, let step = durable.canaryStep, step < deploy.plan.canary.count else {
                return nil
            }
            self = .steeringShare(Share(step: step, evidence: durable.evidence))
        case .steering: self = .steering(evidence: durable.evidence)
        // Nobody watched meanwhile.
        case .watching: self = .watching(WatchRun(deploy, until: now + deploy.watch, at: now))
        default: return nil
        }
    }

    func resume(_ remains: DeployRemains, of deploy: inout Deploy, at now: Instant) -> DeployTurn {
        switch self {
        case .steeringShare(var share):
            if let reason = share.evidence ?? remains.lost.map({ .exitedDuringWatch($0) }) ?? deploy.desertion {
                if deploy.ready.old, !deploy.mayStay(in: reason) {
                    return DeployDecision.goBack(reason, &deploy, at: now)
                }
                share.evidence = reason
            }
            return Self.steerShare(share, deploy)
        case .canary:
            fatalError("the deploy of generation \(deploy.generation) goes on with a canary that is not steered")
        case .steering(let evidence, _):
            guard deploy.predecessor != nil, let reason = evidence ?? cause(remains.lost, deploy) ?? deploy.desertion
            else { return Self.steer(deploy, evidence: evidence) }
            if deploy.ready.old, !deploy.mayStay(in: reason) { return DeployDecision.goBack(reason, &deploy, at: now) }
            return Self.steer(deploy, evidence: reason)
        case .watching(let run):
            let news = remains.lost.map { Self.speak(.exitedDuringWatch($0), &deploy, at: now) } ?? DeployTurn()
            return news.state == nil ? news.orders + Self.watching(run, &deploy, at: now) : news
        }
    }

    /// With a canary the lost worker has served already.
    private func cause(_ lost: LostWorker?, _ deploy: Deploy) -> Failure? {
        lost.map { deploy.plan.canary.isEmpty ? .exitedEarly($0) : .exitedDuringWatch($0) }
    }
}
