extension DeploymentMachine {
    /// The master stops: what is being recorded is waited for, everything else ends here.
    mutating func stop(at now: Instant) -> [Order] {
        isStopping = true
        switch state {
        case .saving, .booting, .probing, .savingCutOver:
            return giveUp(.failed(.masterStopped), at: now)
        case .preparing, .concluding:
            return endHook(.failed(.masterStopped), at: now)
        case .steeringShare, .canary, .steering, .watching, .undoing:
            let answers = (undoRequests + promoteRequests).map { Order.effect(.finish($0, .refused(.stopping))) }
            return finish(.failed(.masterStopped), at: now) + answers
        case .committing(.some):
            // It was not recorded, and nothing is under way that would answer.
            return finish(.failed(.masterStopped), at: now)
        case .abandoning, .committing(nil), .over:
            return []
        }
    }

    /// Somebody wants it given up: at once, but for a hook that must be gone first.
    mutating func cancel(at now: Instant) -> [Order] {
        switch state {
        case .saving, .booting, .probing, .savingCutOver: giveUp(.cancelled, at: now)
        case .preparing, .concluding: endHook(.cancelled, at: now)
        case .abandoning, .steeringShare, .canary, .steering, .watching, .committing, .undoing, .over: []
        }
    }

    /// Ends a deploy that no user has met.
    mutating func giveUp(_ outcome: Outcome, at now: Instant) -> [Order] {
        [.abandon] + finish(outcome, at: now)
    }

    /// Ends a first start that users may have met.
    mutating func failWithoutWayBack(_ failure: Failure, at now: Instant) -> [Order] {
        [.drainNew] + finish(.failed(failure), at: now)
    }

    /// Steers back to the old generation.
    mutating func goBack(_ reason: Failure, at now: Instant) -> [Order] {
        let outcome: Outcome
        switch reason {
        case .exitedEarly, .exitedDuringWatch, .evidence, .deserted, .undoneByOperator:
            outcome = .rolledBack(reason)
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .neverReady, .notAnswering, .answersBadly, .notSteered,
            .notCommitted, .nowhereToGoBack,
            .masterStopped, .masterDied, .machineDied:
            outcome = .failed(reason)
        }
        state = .undoing(Undoing(reason: reason, outcome: outcome, backoff: Backoff(respawn)))
        // The step that this cuts short counts: users were on the new generation for as long.
        if step != .undoing { durations.append(StepDuration(step: step, took: now - stepSince)) }
        step = .undoing
        stepSince = now
        return answerPromoters(.failed(reason)) + [report(.started(.undoing))] + steerBack()
    }

    func steerBack() -> [Order] {
        guard let predecessor else { fatalError("generation \(generation) has no predecessor to go back to") }
        return [.effect(.steer(.only(predecessor)))]
    }

    /// Tells history, and then, perhaps after a hook, the client. The step under way counts, though it did not end well.
    mutating func finish(_ outcome: Outcome, at now: Instant) -> [Order] {
        let wasUndoing = step == .undoing
        durations.append(StepDuration(step: step, took: now - stepSince))
        let last = wasUndoing ? [report(.finished(.undoing, took: now - stepSince))] : []
        return last + [.effect(.record(entry(outcome)))] + conclude(outcome, at: now)
    }

    /// The step under way ended well, and another one begins.
    mutating func next(_ next: DeployStep, at now: Instant) -> [Order] {
        let took = now - stepSince
        let ended = step
        durations.append(StepDuration(step: ended, took: took))
        step = next
        stepSince = now
        return [report(.finished(ended, took: took)), report(.started(next))]
    }

    func commit(at now: Instant) -> Order {
        .effect(.commit(entry(.committed(generation))))
    }

    func report(_ progress: Progress) -> Order {
        .effect(.report(request, progress))
    }

    package func entry(_ outcome: Outcome) -> HistoryEntry {
        HistoryEntry(
            generation: generation, request: request, kind: kind, from: from, to: plan.path, outcome: outcome,
            durations: durations, warnings: warnings)
    }
}
