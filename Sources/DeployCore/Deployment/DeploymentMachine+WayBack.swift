// The way back: whether there is one. Users are never sent where nobody is ready while somebody is where they are.
//
// Where neither generation has a ready worker, users stay at the new one: it was proven a moment ago and is being mended,
// while going back would end it for good. As soon as a worker of the old one is ready first, they go back.
extension DeploymentMachine {
    /// Nobody is ready in the old generation, and somebody is in the new one.
    var isOnlyNewReady: Bool { ready.new && !ready.old }

    /// Why users are not to be at the new generation: nobody is ready there, and somebody is in the old one. Nil also where
    /// the release forbids to go back.
    var desertion: Failure? {
        ready.old && !ready.new && !plan.overrides.neverGoesBack ? .deserted : nil
    }

    /// Goes on with the new generation, whatever speaks against it; nil: users go back.
    mutating func stay(in failure: Failure) -> [Order]? {
        if mayStay(in: failure) { return warn(failure) }
        guard !ready.old else { return nil }
        return giveUpGoingBack(failure)
    }

    /// Says why users are not taken back, once for each kind of evidence, and to whoever wanted it.
    mutating func giveUpGoingBack(_ failure: Failure) -> [Order] {
        let refusal = Refusal.noneReady(predecessor ?? generation, label: ready.label, .rollback)
        let answers = undoRequests.map { Order.effect(.finish($0, .refused(refusal))) }
        undoRequests = []
        let why = Failure.nowhereToGoBack(predecessor ?? generation, label: ready.label)
        guard failure != .undoneByOperator else {
            return [report(.note(.notTakenBack(generation, nil, because: why)))] + answers
        }
        guard !warnings.contains(where: { $0.isOfSameKind(as: failure) }) else { return answers }
        warnings.append(failure)
        if !warnings.contains(why) { warnings.append(why) }
        return [report(.note(.notTakenBack(generation, failure, because: why)))] + answers
    }

    /// Steering back failed, and by now nobody is ready there: users, who may be anywhere, go to the new generation, and it
    /// is watched from the beginning.
    mutating func giveUpUndoing(_ undoing: Undoing, at now: Instant) -> [Order] {
        // Said even if it was said before: since then it was begun.
        warnings.removeAll { $0.isOfSameKind(as: undoing.reason) }
        let news = giveUpGoingBack(undoing.reason)
        durations.append(StepDuration(step: step, took: now - stepSince))
        let steps = [report(.failed(step)), report(.started(.cuttingOver))]
        step = .cuttingOver
        stepSince = now
        state = .steering(evidence: nil)
        return news + steps + [.effect(.steer(.only(generation)))]
    }

    /// The answer to who wants users where nobody is ready.
    func noneReady(_ move: UserMove) -> Refusal {
        .noneReady(predecessor ?? generation, label: ready.label, move)
    }

    /// The ``desertion`` of users who could not go back when that was right: they go now.
    var overdueDesertion: Failure? {
        warnings.contains { if case .nowhereToGoBack = $0 { true } else { false } } ? desertion : nil
    }

    /// Users who could not go back when that was right go back once somebody is ready there, and nobody is where they are.
    mutating func reconsider(at now: Instant) -> [Order] {
        guard let desertion = overdueDesertion else { return [] }
        switch state {
        case .canary, .watching:
            return goBack(desertion, at: now)
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .steering,
            .committing, .undoing, .concluding, .over:
            return []
        }
    }

    /// Steering to the new generation failed, and nobody is ready in the old one: when it is tried again, and the news of it.
    mutating func steerLater(_ reason: String, at now: Instant) -> (retryAt: Instant, news: [Order]) {
        let retryAt = steeringBackoff.failed(at: now)
        return (retryAt, [report(.note(.steeringFailed(generation, reason: reason, retryIn: retryAt - now)))])
    }
}
