/// One deploy on its way: joins the parts of the way, each of which decides what happens in it, and which part comes next.
package struct DeploymentMachine: Equatable, Sendable {
    /// The part of the way that it has come to.
    enum State: Equatable, Sendable {
        /// Before users. → exposure, conclusion
        case proof(DeployProof)
        /// Users meet the new generation, and the old one is warm. → decision, conclusion
        case exposure(DeployExposure)
        /// It is recorded or taken back. → conclusion; where there is no way back any more also exposure
        case decision(DeployDecision)
        /// It has its outcome.
        case conclusion(DeployConclusion)
    }

    private(set) var deploy: Deploy
    private(set) var state = State.proof(.saving)

    init(_ deploy: Deploy) {
        self.deploy = deploy
    }

    /// The first orders.
    mutating func begin() -> [DeployOrder] {
        deploy.warmUntil == nil ? DeployProof.begin(&deploy) : take(DeployProof.beginReturn(&deploy))
    }

    /// Takes what happened, and returns what is to be done.
    mutating func handle(_ input: DeployInput, ready: WhoIsReady, at now: Instant) -> [DeployOrder] {
        deploy.ready = ready
        if input == .tick, nextDeadline.map({ now < $0 }) ?? true { return [] }
        if input == .stop { deploy.isStopping = true }
        let turn =
            switch state {
            case .proof(let part): part.handle(input, of: &deploy, at: now)
            case .exposure(let part): part.handle(input, of: &deploy, at: now)
            case .decision(let part): part.handle(input, of: &deploy, at: now)
            case .conclusion(let part): part.handle(input, of: &deploy, at: now)
            }
        return take(turn)
    }

    private mutating func take(_ turn: DeployTurn) -> [DeployOrder] {
        if let next = turn.state { state = next }
        return turn.orders
    }

    /// When it wants a tick.
    package var nextDeadline: Instant? {
        switch state {
        case .proof, .conclusion: runningHook?.nextDeadline
        case .exposure(let part): part.nextDeadline
        case .decision(let part): part.nextDeadline
        }
    }

    /// The target whose `steered` it waits for.
    package var awaitedTarget: SteeringTarget? {
        switch state {
        case .proof, .conclusion: nil
        case .exposure(let part): part.awaitedTarget(deploy)
        case .decision(let part): part.awaitedTarget(deploy)
        }
    }

    /// The hook under way.
    package var runningHook: HookMachine? {
        switch state {
        case .proof(let part): part.hook?.0
        case .conclusion(let part): part.hook?.0
        case .exposure, .decision: nil
        }
    }
}

// For those who look at it.
extension DeploymentMachine {
    package var kind: DeployKind { deploy.kind }
    package var request: RequestNumber? { deploy.request }
    /// The new generation.
    package var generation: GenerationNumber { deploy.generation }
    /// The generation that served when it began.
    package var predecessor: GenerationNumber? { deploy.predecessor }
    /// The release of the predecessor.
    package var from: String? { deploy.from }
    /// The release deployed.
    package var plan: ReleasePlan { deploy.plan }
    /// See ``Deploy/warmUntil``.
    var warmUntil: Instant? { deploy.warmUntil }
    /// For so long the old generation stays warm after the commit.
    var warm: Duration { deploy.warm }
    package var evidence: EvidencePolicy { deploy.evidence }
    package var startedAt: Instant { deploy.startedAt }
    /// The step under way.
    package var step: DeployStep { deploy.step }
    package var stepSince: Instant { deploy.stepSince }
    /// The steps that are done.
    package var durations: [StepDuration] { deploy.durations }

    /// What the history is told of it.
    package func entry(_ outcome: Outcome) -> HistoryEntry { deploy.entry(outcome) }

    private var exposure: DeployExposure? {
        if case .exposure(let part) = state { part } else { nil }
    }

    private var undoing: DeployDecision.Undoing? {
        if case .decision(let part) = state { part.undoing } else { nil }
    }

    /// Whether no user can have met the new generation yet.
    package var canCancel: Bool {
        if case .proof = state { true } else { false }
    }

    /// Whether the old generation is warm and the new one not yet committed.
    package var canUndo: Bool { predecessor != nil && (exposure != nil || isUndoing) }

    var isUndoing: Bool { undoing != nil }

    /// The outcome, while only a hook is waited for.
    package var outcome: Outcome? {
        if case .conclusion(let part) = state { part.hook?.1 } else { nil }
    }

    /// Whether it has its outcome, and only a hook is waited for.
    package var isConcluding: Bool { outcome != nil }

    /// Whether a deploy that comes now waits for it unasked. It is nearly over when only its last hook runs; and nobody has
    /// asked for a first start that serves, or knows that its kinds are still watched.
    package var isBrief: Bool {
        if case .exposure(.watching) = state { kind == .start } else { isConcluding }
    }

    /// What the watch has seen so far.
    package var watchSummary: WatchSummary? { exposure?.run?.summary }

    /// So many answers the watch waits for beyond its time; nil: it does not.
    package func awaitedAnswers(at now: Instant) -> Int? { exposure?.run?.awaitedAnswers(at: now) }

    /// The share of new connections that the new generation gets, in percent; nil: no canary is under way.
    package var canaryPercent: Int? { canaryStep.map { plan.canary[$0].percent } }

    /// Who gets connections in the step of the canary that is under way; nil: none is.
    var canaryTarget: SteeringTarget? { canaryStep.flatMap { deploy.target(of: $0) } }

    /// The step of the canary that is under way; nil: none is.
    package var canaryStep: Int? { exposure?.canaryStep }
}

// What outlives a master.
extension DeploymentMachine {
    /// The state's name.
    package var stage: DeployStage {
        switch state {
        case .proof(let part): part.stage
        case .exposure(let part): part.stage
        case .decision(let part): part.stage
        case .conclusion(let part): part.stage
        }
    }

    private var durableHook: DurableHook? {
        switch state {
        case .proof(let part): part.hook.map { DurableHook(kind: $0.kind, process: $0.process, outcome: $1) }
        case .conclusion(let part): part.hook.map { DurableHook(kind: $0.kind, process: $0.process, outcome: $1) }
        case .exposure, .decision: nil
        }
    }

    var durable: DurableDeployment {
        DurableDeployment(
            kind: kind, generation: generation, predecessor: predecessor, plan: plan, from: from, stage: stage,
            evidence: exposure?.evidence ?? undoing?.reason, startedAt: startedAt, step: step, stepSince: stepSince,
            durations: deploy.durations, warnings: deploy.warnings, hook: durableHook, warmUntil: warmUntil,
            canaryStep: canaryStep)
    }

    /// The deploy as another master left it, without its client; nil: there is nothing to go on with. `hookSurvives`:
    /// something is left of the hook that was under way.
    init?(resuming durable: DurableDeployment, hookSurvives: Bool, policies: Policies, at now: Instant) {
        deploy = Deploy(
            request: nil, kind: durable.kind, generation: durable.generation, plan: durable.plan, policies: policies,
            predecessor: durable.predecessor, from: durable.from, at: min(durable.startedAt, now))
        deploy.step = durable.step
        deploy.stepSince = min(durable.stepSince, now)
        deploy.durations = durable.durations
        deploy.warnings = durable.warnings
        durable.warmUntil.map { deploy.returns($0) }
        let hook = durable.hook.map { deploy.hook(resuming: $0, survives: hookSurvives, at: now) }
        if let part = DeployProof(durable.stage, hook: hook, durable.hook?.outcome) {
            state = .proof(part)
        } else if let part = DeployExposure(durable, of: deploy, at: now) {
            state = .exposure(part)
        } else if let part = DeployDecision(durable, of: &deploy, at: now) {
            state = .decision(part)
        } else if let hook, durable.stage == .concluding {
            state = .conclusion(.concluding(hook, durable.hook?.outcome ?? .failed(.masterDied)))
        } else {
            return nil
        }
    }

    /// The orders with which it goes on. Before the cut-over it is given up; from then on the deploy goes the way it was
    /// going.
    mutating func resume(
        _ remains: DeployRemains, ready: WhoIsReady, isStopping: Bool, at now: Instant
    ) -> [DeployOrder] {
        deploy.ready = ready
        deploy.isStopping = isStopping
        let turn =
            switch state {
            case .proof(let part): part.resume(remains, of: &deploy, at: now)
            case .exposure(let part): part.resume(remains, of: &deploy, at: now)
            case .decision(let part): part.resume(remains, of: &deploy, at: now)
            case .conclusion(let part): part.resume(of: &deploy, at: now)
            }
        return take(turn)
    }
}

extension Deploy {
    /// A hook that was under way when the master died.
    fileprivate func hook(resuming durable: DurableHook, survives: Bool, at now: Instant) -> HookMachine {
        HookMachine(
            resuming: durable.kind, of: generation, survives ? durable.process : nil,
            hasBegun: durable.process != nil || durable.kind == .before, limit: plan.hooks[durable.kind] ?? .zero,
            grace: grace, at: now)
    }
}
