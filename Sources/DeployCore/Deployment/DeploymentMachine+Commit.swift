// The commit: the deploy is recorded, and then the old generation is let go.
extension DeploymentMachine {
    /// Has it recorded, unless users would be left where nobody is ready.
    mutating func beginCommit(at now: Instant) -> [Order] {
        if let desertion { return goBack(desertion, at: now) }
        state = .committing(retryAt: nil)
        return next(.committing, at: now) + [commit(at: now)]
    }

    mutating func committed(at now: Instant) -> [Order] {
        switch state {
        case .committing:
            let retire = predecessor == nil || isStopping ? [] : [Order.retireOld]
            let last = report(.finished(.committing, took: now - stepSince))
            return retire + [last, .effect(.prune)] + conclude(.committed(generation), at: now)
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering,
            .watching, .undoing, .concluding, .over:
            return []
        }
    }

    mutating func commitFailed(_ reason: String, at now: Instant) -> [Order] {
        switch state {
        case .committing:
            let failure = Failure.notCommitted(reason: reason)
            if isStopping { return finish(.failed(failure), at: now) }
            guard predecessor != nil else { return failWithoutWayBack(failure, at: now) }
            if mayStay(in: failure) { return retryCommit(reason, at: now) }
            guard let kept = stay(in: failure) else { return goBack(failure, at: now) }
            return kept + retryCommit(reason, at: now)
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering,
            .watching, .undoing, .concluding, .over:
            return []
        }
    }

    private mutating func retryCommit(_ reason: String, at now: Instant) -> [Order] {
        let retryAt = commitBackoff.failed(at: now)
        state = .committing(retryAt: retryAt)
        return [report(.note(.commitFailed(generation, reason: reason, retryIn: retryAt - now)))]
    }
}
