// The way back: whether there is one. Users are never sent where nobody is ready while somebody is where they are.
//
// Where neither generation has a ready worker, users stay at the new one: it was proven a moment ago and is being mended,
// while going back would end it for good. As soon as a worker of the old one is ready first, they go back.
extension Deploy {
    /// Nobody is ready in the old generation, and somebody is in the new one.
    var isOnlyNewReady: Bool { ready.new && !ready.old }

    /// Why users are not to be at the new generation: nobody is ready there, and somebody is in the old one. Nil also where
    /// the release forbids to go back.
    var desertion: Failure? {
        ready.old && !ready.new && !plan.overrides.neverGoesBack ? .deserted : nil
    }

    /// The ``desertion`` of users who could not go back when that was right: they go now.
    var overdueDesertion: Failure? {
        warnings.contains { if case .nowhereToGoBack = $0 { true } else { false } } ? desertion : nil
    }

    /// Whether the release forbids to go back for this. What an operator has forced is never forbidden, and a cut-over
    /// that failed is none: users may be anywhere.
    func mayStay(in failure: Failure) -> Bool {
        guard plan.overrides.neverGoesBack else { return false }
        switch failure {
        case .exitedEarly, .exitedDuringWatch, .evidence, .notCommitted: return true
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .unfit, .neverReady, .notAnswering, .answersBadly,
            .notSteered,
            .deserted, .nowhereToGoBack, .undoneByOperator,
            .masterStopped, .masterDied, .machineDied:
            return false
        }
    }

    /// Goes on with the new generation, whatever speaks against it; nil: users go back.
    mutating func stay(in failure: Failure) -> [DeployOrder]? {
        if mayStay(in: failure) { return warn(failure) }
        guard !ready.old else { return nil }
        return giveUpGoingBack(failure)
    }

    /// Says it once for each kind of evidence, and goes on.
    private mutating func warn(_ failure: Failure) -> [DeployOrder] {
        guard !hasWarned(of: failure) else { return [] }
        warnings.append(failure)
        return [report(.note(.warned(generation, failure)))]
    }

    /// Lets it be said again: since it was said, going back was begun.
    mutating func forget(_ failure: Failure) { warnings.removeAll { $0.isOfSameKind(as: failure) } }

    private func hasWarned(of failure: Failure) -> Bool { warnings.contains { $0.isOfSameKind(as: failure) } }

    /// Says why users are not taken back, once for each kind of evidence, and to whoever wanted it.
    mutating func giveUpGoingBack(_ failure: Failure) -> [DeployOrder] {
        let answers = answerUndoers(.refused(noneReady(.rollback)))
        let why = Failure.nowhereToGoBack(predecessor ?? generation, label: ready.label)
        guard failure != .undoneByOperator else {
            return [report(.note(.notTakenBack(generation, nil, because: why)))] + answers
        }
        guard !hasWarned(of: failure) else { return answers }
        warnings.append(failure)
        if !warnings.contains(why) { warnings.append(why) }
        return [report(.note(.notTakenBack(generation, failure, because: why)))] + answers
    }

    /// The answer to an operator who wants users where nobody is ready.
    func noneReady(_ move: UserMove) -> Refusal { .noneReady(predecessor ?? generation, label: ready.label, move) }

    /// The answer to those who wanted it undone.
    mutating func answerUndoers(_ outcome: Outcome) -> [DeployOrder] {
        defer { undoRequests = [] }
        return undoRequests.map { .effect(.finish($0, outcome)) }
    }

    /// The answer to those who wanted the cut-over.
    mutating func answerPromoters(_ outcome: Outcome) -> [DeployOrder] {
        defer { promoteRequests = [] }
        return promoteRequests.map { .effect(.finish($0, outcome)) }
    }

    /// Steering to the new generation failed, and nobody is ready in the old one: when it is tried again, and the news of it.
    mutating func steerLater(_ reason: String, at now: Instant) -> (retryAt: Instant, news: [DeployOrder]) {
        let retryAt = steeringBackoff.failed(at: now)
        return (retryAt, [report(.note(.steeringFailed(generation, reason: reason, retryIn: retryAt - now)))])
    }
}

extension Failure {
    /// Whether the two differ in their figures only. Each exit counts by itself.
    fileprivate func isOfSameKind(as other: Failure) -> Bool {
        switch (self, other) {
        case (.evidence(.serverErrors), .evidence(.serverErrors)), (.evidence(.slow), .evidence(.slow)),
            (.evidence(.queue), .evidence(.queue)), (.evidence(.notAccepting), .evidence(.notAccepting)),
            (.evidence(.notAdopting), .evidence(.notAdopting)),
            (.evidence(.notAnswering), .evidence(.notAnswering)), (.evidence(.probes), .evidence(.probes)),
            (.evidence(.test), .evidence(.test)):
            true
        default: self == other
        }
    }
}
