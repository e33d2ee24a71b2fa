extension DeploymentMachine {
    /// The hook of this kind, if the release has one that runs with this verb.
    func hook(_ kind: HookKind) -> HookMachine? {
        // What a restart starts was prepared when it was deployed.
        if kind == .before && self.kind == .restart { return nil }
        return plan.hooks[kind].map { HookMachine(kind, of: generation, limit: $0, grace: grace) }
    }

    /// The hook under way.
    package var runningHook: HookMachine? {
        switch state {
        case .preparing(let hook), .abandoning(let hook, _), .concluding(let hook, _): hook
        case .saving, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering, .watching, .committing,
            .undoing, .over:
            nil
        }
    }

    /// Whether it has its outcome, and only a hook is waited for.
    package var isConcluding: Bool {
        if case .concluding = state { true } else { false }
    }

    /// Takes what the hook under way did. News of any other hook say nothing.
    mutating func hook(_ kind: HookKind, _ news: HookNews, at now: Instant) -> [Order] {
        guard var hook = runningHook, hook.kind == kind else { return [] }
        let effects: [Effect]
        switch news {
        case .spawned(let process): effects = hook.spawned(process, at: now)
        case .notSpawned(let reason):
            hook.notSpawned(reason: reason)
            effects = []
        case .ended(let end):
            hook.ended(end)
            effects = []
        }
        return effects.map(Order.effect) + settle(hook, at: now)
    }

    /// The hook under way has come to its deadline.
    mutating func tickHook(at now: Instant) -> [Order] {
        guard var hook = runningHook else { return [] }
        let effects = hook.tick(at: now)
        return effects.map(Order.effect) + settle(hook, at: now)
    }

    /// Ends the hook under way; what follows, follows when it is gone.
    mutating func endHook(_ outcome: Outcome? = nil, at now: Instant) -> [Order] {
        guard var hook = runningHook else { return [] }
        let effects = hook.end(.unwanted, at: now)
        if case .preparing = state, let outcome { state = .abandoning(hook, outcome) }
        return effects.map(Order.effect) + settle(hook, at: now)
    }

    /// Goes on from a hook that is over; else keeps it as it is now.
    mutating func settle(_ hook: HookMachine, at now: Instant) -> [Order] {
        guard case .over(let failure) = hook.state else {
            keep(hook)
            return []
        }
        switch state {
        case .preparing:
            guard let failure else {
                state = .booting
                return next(.booting, at: now) + [.boot]
            }
            return giveUp(.failed(.hookFailed(hook.kind, failure)), at: now)
        case .abandoning(_, let outcome):
            return giveUp(outcome, at: now)
        case .concluding(_, let outcome):
            return end(outcome, hook.kind, failure, at: now)
        case .saving, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering, .watching, .committing,
            .undoing, .over:
            fatalError("the \(hook.kind) hook of generation \(generation) is over in state \(state)")
        }
    }

    private mutating func keep(_ hook: HookMachine) {
        switch state {
        case .preparing: state = .preparing(hook)
        case .abandoning(_, let outcome): state = .abandoning(hook, outcome)
        case .concluding(_, let outcome): state = .concluding(hook, outcome)
        case .saving, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering, .watching, .committing,
            .undoing, .over:
            break
        }
    }

    /// The outcome is recorded. The hook for it runs, if there is one, and then the client is told.
    mutating func conclude(_ outcome: Outcome, at now: Instant) -> [Order] {
        let kind = outcome.isCommitted ? HookKind.after : .failure
        guard !isStopping, !isTriedAgain(outcome), let hook = hook(kind) else {
            state = .over
            return [.effect(.finish(request, outcome)), .over(outcome)]
        }
        step = kind.step
        stepSince = now
        state = .concluding(hook, outcome)
        return [report(.concluding(outcome)), report(.started(step))] + hook.begin().map(Order.effect)
    }

    /// A first start that died with its master is tried again: that is no failure yet.
    private func isTriedAgain(_ outcome: Outcome) -> Bool {
        kind == .start && outcome == .failed(.masterDied)
    }

    /// The last hook is over, well or badly: the outcome stays what it was.
    private mutating func end(
        _ outcome: Outcome, _ hook: HookKind, _ failure: HookFailure?, at now: Instant
    ) -> [Order] {
        state = .over
        var told = [report(.finished(step, took: now - stepSince))]
        if let failure {
            told = [
                report(.failed(step)), report(.note(.hookFailed(generation, hook, failure))),
                .effect(.recordHook(entry(outcome), hook, failure)),
            ]
        }
        return told + [.effect(.finish(request, outcome)), .over(outcome)]
    }
}

/// What the loop tells of a hook.
package enum HookNews: Equatable, Sendable {
    /// The launch step runs, and waits for `launchHook`.
    case spawned(ProcessIdentity)
    /// There is no process.
    case notSpawned(reason: String)
    /// Neither it nor anything of its session is left.
    case ended(WorkerEnd)
}
