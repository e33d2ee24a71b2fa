/// One deploy, as every part of its way sees it: the releases, who waits for which answer, the steps with their times, and
/// what spoke against the new generation.
package struct Deploy: Equatable, Sendable {
    /// The request that is told of it.
    let request: RequestNumber?
    let kind: DeployKind
    /// The new generation.
    let generation: GenerationNumber
    /// The generation that served when it began.
    let predecessor: GenerationNumber?
    /// The release of the predecessor.
    let from: String?
    /// The release deployed.
    let plan: ReleasePlan
    /// For so long the new generation is watched.
    var watch: Duration
    /// For so long the old generation stays warm after the commit. What a roll-back leaves nobody wants back.
    let warm: Duration
    let evidence: EvidencePolicy
    let respawn: RespawnPolicy
    /// From asking a hook to end until it is killed.
    let grace: Duration
    let startedAt: Instant
    /// Until when the new generation was to stay warm; not nil: it served before this deploy, and users go back to it.
    var warmUntil: Instant?
    /// The step under way.
    var step: DeployStep
    var stepSince: Instant
    /// The steps that are done.
    var durations: [StepDuration] = []
    /// Those who wanted it undone, and wait.
    var undoRequests: [RequestNumber?] = []
    /// Those who wanted the canary promoted, and wait.
    var promoteRequests: [RequestNumber?] = []
    /// What spoke against the new generation, and did not decide.
    var warnings: [Failure] = []
    /// What the old generation had counted when the new one began to boot; nil: nobody looked.
    var before: GenerationCounts?
    /// What users have got in the watches that are over: the canary's steps, and the watch.
    var seen = WatchTally()
    /// The pauses between attempts to record it.
    var commitBackoff: Backoff
    /// The pauses between attempts to steer to the new generation, where nobody is ready in the old one.
    var steeringBackoff: Backoff
    /// Who is ready now, as ``Machine`` says before each input.
    var ready = WhoIsReady()
    /// The master stops: nobody is steered any more.
    var isStopping = false

    init(
        request: RequestNumber?, kind: DeployKind, generation: GenerationNumber, plan: ReleasePlan, policies: Policies,
        predecessor: GenerationNumber?, from: String?, at now: Instant
    ) {
        self.request = request
        self.kind = kind
        self.generation = generation
        self.plan = plan
        self.predecessor = predecessor
        self.from = from
        let own = policies.applying(plan.overrides)
        // A first start has nothing to go back to, and is watched only for the kinds that no probe has asked.
        watch = predecessor == nil && plan.processes.isEmpty ? .zero : own.watch
        warm = kind == .rollback ? .zero : own.warm
        evidence = predecessor == nil ? .exitsOnly : own.evidence
        respawn = policies.respawn
        commitBackoff = Backoff(policies.respawn)
        steeringBackoff = Backoff(policies.respawn)
        grace = policies.terminateGrace
        startedAt = now
        step = .booting
        stepSince = now
    }

    /// The new generation is one that served before, and was to stay warm until then. It is not watched: it has served, and
    /// nothing spoke against it.
    mutating func returns(_ warmUntil: Instant) {
        self.warmUntil = warmUntil
        watch = .zero
    }

    /// Whether there is a canary: it takes an old generation to share with.
    var hasCanary: Bool { predecessor != nil && !plan.canary.isEmpty }

    /// The hook of this kind, if the release has one that runs with this verb.
    func hook(_ kind: HookKind) -> HookMachine? {
        // What a restart starts was prepared when it was deployed.
        if kind == .before && self.kind == .restart { return nil }
        return plan.hooks[kind].map { HookMachine(kind, of: generation, limit: $0, grace: grace) }
    }

    /// The order to send all new connections to the new generation.
    var steering: DeployOrder { .effect(.steer(.only(generation))) }

    /// Another step begins.
    mutating func begin(_ next: DeployStep, at now: Instant) {
        step = next
        stepSince = now
    }

    /// The step under way counts, well or badly.
    mutating func countStep(at now: Instant) { durations.append(StepDuration(step: step, took: now - stepSince)) }

    /// The step under way ended well, and another one begins.
    mutating func next(_ next: DeployStep, at now: Instant) -> [DeployOrder] {
        let ended = report(.finished(step, took: now - stepSince))
        countStep(at: now)
        begin(next, at: now)
        return [ended, report(.started(next))]
    }

    func report(_ progress: Progress) -> DeployOrder { .effect(.report(request, progress)) }

    func entry(_ outcome: Outcome) -> HistoryEntry {
        HistoryEntry(
            generation: generation, request: request, kind: kind, from: from, to: plan.path, outcome: outcome,
            durations: durations, warnings: warnings, judged: outcome.isCommitted ? seen.verdict : nil)
    }
}
