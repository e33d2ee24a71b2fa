extension DeploymentMachine {
    /// The first orders.
    mutating func begin() -> [Order] {
        step = hook(.before) == nil ? .booting : .beforeHook
        return [report(.started(step)), .effect(.save(generation))]
    }

    /// Takes what happened, and returns what is to be done.
    mutating func handle(_ input: Input, at now: Instant) -> [Order] {
        switch input {
        case .saved: saved(at: now)
        case .saveFailed(let reason): saveFailed(reason, at: now)
        case .generation(let news): generation(news, at: now)
        case .steered: steered(at: now)
        case .steeringFailed(let reason): steeringFailed(reason, at: now)
        case .committed: committed(at: now)
        case .commitFailed(let reason): commitFailed(reason, at: now)
        case .hook(let kind, let news): hook(kind, news, at: now)
        case .cancel: cancel(at: now)
        case .undo(let request, let force): undo(request, as: .rollback, force: force, at: now)
        case .promote(let request): promote(request, at: now)
        case .abort(let request): abort(request, at: now)
        case .observed(let seen): observed(seen, at: now)
        case .probed(let failure): probed(failure, at: now)
        case .tested(let failure): tested(failure, at: now)
        case .reconsider: reconsider(at: now)
        case .stop: stop(at: now)
        case .tick: tick(at: now)
        }
    }

    private mutating func saved(at now: Instant) -> [Order] {
        switch state {
        case .saving:
            if let hook = hook(.before) {
                state = .preparing(hook)
                return hook.begin().map(Order.effect)
            }
            state = .booting
            return [.boot]
        case .savingCutOver:
            guard hasCanary else {
                state = .steering(evidence: nil)
                return [.effect(.steer(.only(generation)))]
            }
            return steerShare(Share(step: 0))
        case .preparing, .abandoning, .booting, .probing, .steeringShare, .canary, .steering, .watching, .committing,
            .undoing, .concluding, .over:
            return []
        }
    }

    private mutating func saveFailed(_ reason: String, at now: Instant) -> [Order] {
        switch state {
        case .saving, .savingCutOver: giveUp(.failed(.notSaved(reason: reason)), at: now)
        case .preparing, .abandoning, .booting, .probing, .steeringShare, .canary, .steering, .watching, .committing,
            .undoing, .concluding,
            .over:
            []
        }
    }

    private mutating func generation(_ news: GenerationMachine.News, at now: Instant) -> [Order] {
        switch (state, news) {
        case (.booting, .ready):
            state = .probing
            return next(.probing, at: now)
        case (.booting, .proven), (.probing, .proven):
            state = .savingCutOver
            return next(hasCanary ? .canary : .cuttingOver, at: now) + [.effect(.save(generation))]
        case (.saving, .failed(let failure)), (.booting, .failed(let failure)), (.probing, .failed(let failure)),
            (.savingCutOver, .failed(let failure)):
            return giveUp(.failed(failure), at: now)
        case (.steeringShare(var share), .failed(let failure)):
            share.evidence = share.evidence ?? failure
            state = .steeringShare(share)
            return []
        case (.steeringShare(var share), .lost(let worker)):
            share.evidence = share.evidence ?? .exitedDuringWatch(worker)
            state = .steeringShare(share)
            return []
        case (.steering(let evidence, let retryAt), .lost(let worker)):
            // It has served a share already.
            state = .steering(evidence: evidence ?? .exitedDuringWatch(worker), retryAt: retryAt)
            return []
        case (.steering(let evidence, let retryAt), .failed(let failure)):
            state = .steering(evidence: evidence ?? failure, retryAt: retryAt)
            return []
        case (.canary, .lost(let worker)), (.watching, .lost(let worker)):
            return speak(.exitedDuringWatch(worker), at: now)
        case (.saving, _), (.preparing, _), (.abandoning, _), (.booting, .lost), (.probing, .lost), (.probing, .ready),
            (.savingCutOver, .lost), (.savingCutOver, .ready), (.savingCutOver, .proven), (.steeringShare, _),
            (.canary, _), (.steering, _), (.watching, _), (.committing, _), (.undoing, _), (.concluding, _),
            (.over, _):
            return []
        }
    }

    private mutating func steered(at now: Instant) -> [Order] {
        switch state {
        case .steeringShare(let share):
            return [.share] + shareSteered(share, at: now)
        case .steering(let evidence, _):
            let cutOver = [Order.cutOver]
            if let evidence {
                guard predecessor != nil else { return cutOver + failWithoutWayBack(evidence, at: now) }
                guard let kept = stay(in: evidence) else { return cutOver + goBack(evidence, at: now) }
                return cutOver + answerPromoters(.done) + kept + beginWatch(at: now)
            }
            return cutOver + answerPromoters(.done) + beginWatch(at: now)
        case .undoing(let undoing):
            guard undoing.retryAt == nil else { return [] }
            let answers = undoRequests.map { Order.effect(.finish($0, .done)) }
            return [.goBack(isBad: undoing.reason != .undoneByOperator)] + finish(undoing.outcome, at: now) + answers
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .canary, .watching, .committing,
            .concluding,
            .over:
            return []
        }
    }

    private mutating func steeringFailed(_ reason: String, at now: Instant) -> [Order] {
        switch state {
        case .steeringShare(var share):
            guard isOnlyNewReady else { return goBack(.notSteered(reason: reason), at: now) }
            let (retryAt, news) = steerLater(reason, at: now)
            share.retryAt = retryAt
            state = .steeringShare(share)
            return news
        case .steering(let evidence, _):
            let failure = Failure.notSteered(reason: reason)
            guard predecessor != nil else { return failWithoutWayBack(failure, at: now) }
            guard isOnlyNewReady else { return goBack(failure, at: now) }
            let (retryAt, news) = steerLater(reason, at: now)
            state = .steering(evidence: evidence, retryAt: retryAt)
            return news
        case .undoing(var undoing):
            let retryAt = undoing.backoff.failed(at: now)
            undoing.retryAt = retryAt
            state = .undoing(undoing)
            return [report(.note(.steeringBackFailed(reason: reason, retryIn: retryAt - now)))]
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .canary, .watching, .committing,
            .concluding,
            .over:
            return []
        }
    }

    mutating func undo(
        _ request: RequestNumber?, as move: UserMove, force: Bool, at now: Instant
    ) -> [Order] {
        guard canUndo else { return [.effect(.finish(request, .refused(.nothingToUndo)))] }
        if plan.overrides.neverGoesBack && !force && !isUndoing {
            return [.effect(.finish(request, .refused(.goesBackNever(label: plan.label))))]
        }
        guard ready.old || isUndoing else { return [.effect(.finish(request, .refused(noneReady(move))))] }
        undoRequests.append(request)
        switch state {
        case .steeringShare(var share):
            guard share.retryAt == nil else { return goBack(.undoneByOperator, at: now) }
            share.evidence = orUndone(share.evidence)
            state = .steeringShare(share)
            return []
        case .steering(let evidence, let retryAt):
            guard retryAt == nil else { return goBack(.undoneByOperator, at: now) }
            state = .steering(evidence: orUndone(evidence))
            return []
        case .canary, .watching:
            return goBack(.undoneByOperator, at: now)
        case .undoing, .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .committing, .concluding,
            .over:
            return []
        }
    }

    /// Where the release forbids to go back, only the operator's word counts.
    private func orUndone(_ evidence: Failure?) -> Failure {
        plan.overrides.neverGoesBack ? .undoneByOperator : evidence ?? .undoneByOperator
    }

    private mutating func tick(at now: Instant) -> [Order] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        switch state {
        case .canary(let step, let run):
            return goOn(step, run, at: now)
        case .watching(let run):
            return watch(run, at: now)
        case .committing:
            if let desertion { return goBack(desertion, at: now) }
            state = .committing(retryAt: nil)
            return [commit(at: now)]
        case .undoing(var undoing):
            if isOnlyNewReady { return giveUpUndoing(undoing, at: now) }
            undoing.retryAt = nil
            state = .undoing(undoing)
            return steerBack()
        case .steeringShare(var share):
            if let desertion { return goBack(desertion, at: now) }
            share.retryAt = nil
            return steerShare(share)
        case .steering(let evidence, _):
            if let desertion { return goBack(desertion, at: now) }
            state = .steering(evidence: evidence)
            return [.effect(.steer(.only(generation)))]
        case .preparing, .abandoning, .concluding:
            return tickHook(at: now)
        case .saving, .booting, .probing, .savingCutOver, .over:
            return []
        }
    }
}
