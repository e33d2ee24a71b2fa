// The watch: what is looked at, and what follows from what was seen.
extension DeploymentMachine {
    /// The new generation serves: it is watched, or recorded at once.
    mutating func beginWatch(at now: Instant) -> [Order] {
        guard watch > .zero else { return beginCommit(at: now) }
        let run = WatchRun(
            evidence, isProbed: plan.readiness.isProbed, old: predecessor ?? generation, until: now + watch, at: now)
        let news = next(.watching, at: now)
        return news + watch(run, at: now)
    }

    /// Goes on with a watch whose time has come for something.
    mutating func watch(_ run: WatchRun, at now: Instant) -> [Order] {
        if let overdueDesertion { return goBack(overdueDesertion, at: now) }
        guard !run.isOver(at: now) else { return beginCommit(at: now) }
        var run = run
        let orders = looks(&run, at: now)
        state = .watching(run)
        return orders
    }

    /// The looks and probes whose time has come.
    func looks(_ run: inout WatchRun, at now: Instant) -> [Order] {
        var orders: [Order] = []
        if run.looks(at: now), let predecessor {
            orders.append(.effect(.observe(new: generation, old: predecessor)))
        }
        if run.probes(at: now) { orders.append(.effect(.probe(generation))) }
        if run.tests(at: now) { orders.append(.effect(.test(generation))) }
        return orders
    }

    mutating func observed(_ seen: Observation, at now: Instant) -> [Order] {
        judge(at: now) { $0.looked(seen, at: now) }
    }

    mutating func probed(_ failure: String?, at now: Instant) -> [Order] {
        judge(at: now) { $0.probed(failure, at: now) }
    }

    mutating func tested(_ failure: String?, at now: Instant) -> [Order] {
        judge(at: now) { $0.tested(failure, at: now) }
    }

    private mutating func judge(at now: Instant, _ look: (inout WatchRun) -> Evidence?) -> [Order] {
        switch state {
        case .watching(var run):
            let evidence = look(&run)
            state = .watching(run)
            return evidence.map { speak(.evidence($0), at: now) } ?? []
        case .canary(let step, var run):
            let evidence = look(&run)
            state = .canary(step: step, run)
            return evidence.map { speak(.evidence($0), at: now) } ?? []
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .steering,
            .committing, .undoing,
            .concluding, .over:
            return []
        }
    }

    /// Something speaks against the new generation while users meet it.
    mutating func speak(_ failure: Failure, at now: Instant) -> [Order] {
        guard predecessor != nil else { return failWithoutWayBack(failure, at: now) }
        guard let kept = stay(in: failure) else { return goBack(failure, at: now) }
        return kept
    }

    /// Whether the release forbids to go back for this. What an operator has forced is never forbidden, and a cut-over
    /// that failed is none: users may be anywhere.
    func mayStay(in failure: Failure) -> Bool {
        guard plan.overrides.neverGoesBack else { return false }
        switch failure {
        case .exitedEarly, .exitedDuringWatch, .evidence, .notCommitted: return true
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .neverReady, .notAnswering, .answersBadly, .notSteered,
            .deserted, .nowhereToGoBack, .undoneByOperator,
            .masterStopped, .masterDied, .machineDied:
            return false
        }
    }

    /// Says it once for each kind of evidence, and goes on.
    mutating func warn(_ failure: Failure) -> [Order] {
        guard !warnings.contains(where: { $0.isOfSameKind(as: failure) }) else { return [] }
        warnings.append(failure)
        return [report(.note(.warned(generation, failure)))]
    }

    /// What the watch has seen so far.
    package var watchSummary: WatchSummary? {
        switch state {
        case .canary(_, let run), .watching(let run): run.summary
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .steering,
            .committing, .undoing, .concluding, .over:
            nil
        }
    }

    /// Whether a deploy that comes now waits for it unasked. It is nearly over when only its last hook runs; and nobody has
    /// asked for a first start that serves, or knows that its kinds are still watched.
    package var isBrief: Bool {
        if case .watching = state { kind == .start } else { isConcluding }
    }

    var isUndoing: Bool {
        if case .undoing = state { true } else { false }
    }
}

extension Failure {
    /// Whether the two differ in their figures only. Each exit counts by itself.
    func isOfSameKind(as other: Failure) -> Bool {
        switch (self, other) {
        case (.evidence(.serverErrors), .evidence(.serverErrors)), (.evidence(.slow), .evidence(.slow)),
            (.evidence(.queue), .evidence(.queue)), (.evidence(.notAccepting), .evidence(.notAccepting)),
            (.evidence(.notAnswering), .evidence(.notAnswering)), (.evidence(.probes), .evidence(.probes)),
            (.evidence(.test), .evidence(.test)):
            true
        default: self == other
        }
    }
}
