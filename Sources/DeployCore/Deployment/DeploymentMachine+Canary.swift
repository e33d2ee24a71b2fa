// The canary: before the cut-over the new generation gets a share of new connections, step by step, and is judged as in
// the watch.
extension DeploymentMachine {
    /// Whether there is one: it takes an old generation to share with.
    var hasCanary: Bool { predecessor != nil && !plan.canary.isEmpty }

    /// Who gets new connections in a step.
    func target(of step: Int, old: GenerationNumber) -> SteeringTarget {
        .split(generation, percent: plan.canary[step].percent, old: old)
    }

    /// Sends the step's share to the new generation.
    mutating func steerShare(_ share: Share) -> [Order] {
        guard let predecessor else { fatalError("generation \(generation) has nobody to share with") }
        state = .steeringShare(share)
        return [.effect(.steer(target(of: share.step, old: predecessor)))]
    }

    mutating func shareSteered(_ share: Share, at now: Instant) -> [Order] {
        var orders: [Order] = []
        if let evidence = share.evidence {
            guard let kept = stay(in: evidence) else { return goBack(evidence, at: now) }
            orders += kept
        }
        guard !share.isPromoted, let predecessor else { return orders + cutOver(at: now) }
        let step = plan.canary[share.step]
        let run = WatchRun(
            evidence, isProbed: plan.readiness.isProbed, old: predecessor, until: step.duration.map { now + $0 },
            at: now)
        orders.append(report(.note(.canary(generation, step))))
        return orders + goOn(share.step, run, at: now)
    }

    /// Goes on with a step whose time has come for something.
    mutating func goOn(_ step: Int, _ run: WatchRun, at now: Instant) -> [Order] {
        if let overdueDesertion { return goBack(overdueDesertion, at: now) }
        if run.isOver(at: now) {
            if let desertion { return goBack(desertion, at: now) }
            let next = step + 1
            return next < plan.canary.count ? steerShare(Share(step: next)) : cutOver(at: now)
        }
        var run = run
        let orders = looks(&run, at: now)
        state = .canary(step: step, run)
        return orders
    }

    /// All new connections go to the new generation.
    private mutating func cutOver(at now: Instant) -> [Order] {
        if let desertion { return goBack(desertion, at: now) }
        state = .steering(evidence: nil)
        return next(.cuttingOver, at: now) + [.effect(.steer(.only(generation)))]
    }

    mutating func promote(_ request: RequestNumber?, at now: Instant) -> [Order] {
        switch state {
        case .steeringShare(var share):
            promoteRequests.append(request)
            share.isPromoted = true
            state = .steeringShare(share)
            return []
        case .canary:
            guard ready.new || !ready.old else {
                return [.effect(.finish(request, .refused(.noneReady(generation, label: plan.label, .promote))))]
            }
            promoteRequests.append(request)
            return cutOver(at: now)
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steering, .watching, .committing,
            .undoing, .concluding, .over:
            return [.effect(.finish(request, .refused(.noCanary)))]
        }
    }

    mutating func abort(_ request: RequestNumber?, at now: Instant) -> [Order] {
        switch state {
        case .steeringShare, .canary:
            return undo(request, as: .abort, force: true, at: now)
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steering, .watching, .committing,
            .undoing, .concluding, .over:
            return [.effect(.finish(request, .refused(.noCanary)))]
        }
    }

    /// The answer to those who wanted the cut-over.
    mutating func answerPromoters(_ outcome: Outcome) -> [Order] {
        defer { promoteRequests = [] }
        return promoteRequests.map { .effect(.finish($0, outcome)) }
    }

    /// The share of new connections that the new generation gets, in percent; nil: no canary is under way.
    package var canaryPercent: Int? { canaryStep.map { plan.canary[$0].percent } }

    /// The step of the canary that is under way; nil: none is.
    package var canaryStep: Int? {
        switch state {
        case .steeringShare(let share): share.step
        case .canary(let step, _): step
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steering, .watching, .committing,
            .undoing, .concluding, .over:
            nil
        }
    }
}
