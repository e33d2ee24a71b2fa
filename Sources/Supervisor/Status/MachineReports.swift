internal import DeployCore
internal import Handoff
internal import Linux

// What `status` says of the machine, as a pure function of it and of what is counted beside it.

extension DeploymentReport {
    init(_ deployment: DeploymentMachine, of machine: Machine, at now: Instant) {
        self.init(
            verb: deployment.kind.verb, release: deployment.plan.label, generation: deployment.generation.rawValue,
            step: deployment.step.name, stepSeconds: (now - deployment.stepSince).wholeSeconds,
            seconds: (now - deployment.startedAt).wholeSeconds,
            evidence: deployment.watchSummary?.words(
                of: deployment, in: machine, awaited: deployment.awaitedAnswers(at: now)),
            canaryPercent: deployment.canaryPercent)
    }
}

extension WatchSummary {
    /// The figures with the names of the releases; of their generations where both are of one release.
    func words(of deployment: DeploymentMachine, in machine: Machine, awaited: Int?) -> String {
        let new = deployment.plan.label
        let old = deployment.predecessor.map { machine.generation($0)?.plan.label ?? "generation \($0)" } ?? "before"
        guard new == old, let predecessor = deployment.predecessor else {
            return words(new: new, old: old, awaited: awaited)
        }
        return words(
            new: "generation \(deployment.generation)", old: "generation \(predecessor)", awaited: awaited)
    }
}

extension Machine {
    /// The deploy under way: "deploy of v2, probing since 4 s".
    var deploymentInWords: String {
        guard let deployment else { return "generations that drain" }
        let report = DeploymentReport(deployment, of: self, at: EventLoop.now())
        return "\(report.verb.words(report.release)), \(report.step.rawValue) since \(report.stepSeconds) s"
    }
}

extension GenerationReport {
    init(
        _ generation: GenerationMachine, of machine: Machine, workers: [WorkerReport],
        counters: GenerationCounters?, answers: CountedAnswers, lanes: [LaneReport], at now: Instant
    ) {
        self.init(
            number: generation.number.rawValue, release: generation.plan.label, path: generation.plan.path,
            state: Self.state(generation, machine.deployment), seconds: (now - generation.since).wholeSeconds,
            reason: generation.reason(successor: machine.serving, counters: counters, at: now), workers: workers,
            crashLoop: CrashLoopReport(generation, at: now), scoreboard: answers.report,
            unseen: answers.report == nil ? answers.obstacle : nil, lanes: lanes)
    }

    /// Both generations of a canary serve; the new one is told apart.
    private static func state(_ generation: GenerationMachine, _ deployment: DeploymentMachine?) -> GenerationState {
        let isShared = deployment.map { $0.generation == generation.number && $0.canaryStep != nil } ?? false
        return isShared && generation.stage == .serving ? .canary : GenerationState(rawValue: generation.stage.rawValue)
    }
}

extension CrashLoopReport {
    fileprivate init?(_ generation: GenerationMachine, at now: Instant) {
        guard generation.keepsCrashing(at: now) else { return nil }
        let policy = generation.policies.respawn
        self.init(
            crashes: policy.crashLoopExits, withinSeconds: policy.crashLoopWindow.wholeSeconds,
            nextAttemptSeconds: generation.nextRespawn(at: now)?.wholeSeconds ?? 0)
    }
}

extension WorkerReport {
    init(_ worker: WorkerMachine, residentBytes: Int?, status: String?, at now: Instant) {
        self.init(
            slot: worker.slot.number, process: worker.slot.process, pid: (worker.process?.pid).map(Int.init),
            state: worker.stage.rawValue, seconds: (now - worker.since).wholeSeconds, restarts: worker.restarts,
            residentBytes: residentBytes, lastExit: worker.lastEnd?.description,
            status: status ?? worker.spawnFailure.map { "could not be started: \($0)" })
    }
}

/// What is counted of a generation's answers, by whoever counts.
struct CountedAnswers {
    let scoreboard: ScoreboardSnapshot?
    let kernel: AnswerCounts?
    /// The names of its sites, as the scoreboard numbers them; empty: there is one.
    let sites: [String]
    /// Why neither counts.
    let obstacle: String?

    fileprivate var report: ScoreboardReport? {
        scoreboard.map { ScoreboardReport($0, sites) } ?? kernel.map { ScoreboardReport($0) }
    }
}

extension ScoreboardReport {
    fileprivate init(_ counts: AnswerCounts) {
        self.init(
            requests: counts.answers,
            statusClasses: .init(
                informational: counts.answers(class: 1), successful: counts.answers(class: 2),
                redirection: counts.answers(class: 3), clientError: counts.answers(class: 4),
                serverError: counts.answers(class: 5)),
            inFlight: counts.inFlight, idle: nil, connections: nil,
            latency: Latency(LatencyHistogram(counts.latency.map { UInt64($0) })), countedBy: Self.kernel)
    }

    fileprivate init(_ board: ScoreboardSnapshot, _ sites: [String]) {
        self.init(
            requests: board[.requests],
            statusClasses: .init(
                informational: board[.informational], successful: board[.success],
                redirection: board[.redirection], clientError: board[.clientError],
                serverError: board[.serverError]),
            inFlight: board[.inFlight], idle: board[.idle], connections: board[.connections],
            adopted: board[.adopted], handedOver: board[.handedOver], latency: Latency(board.latency),
            sites: Self.sites(board, sites))
    }

    /// Those that share the last place are told as one.
    private static func sites(_ board: ScoreboardSnapshot, _ names: [String]) -> [Site]? {
        guard !names.isEmpty else { return nil }
        return zip(names, board.sites).enumerated().compactMap { index, site in
            let (name, count) = site
            let beyond = index == Scoreboard.sites - 1 ? names.count - Scoreboard.sites : 0
            // (Where nothing answers for other hosts, nothing may ever ask for them.)
            guard index > 0 || count.answers.value > 0 else { return nil }
            return Site(
                name: beyond > 0 ? "\(name) and \(beyond) more" : name, requests: count.answers.value,
                serverErrors: count.serverErrors.value)
        }
    }
}

extension ScoreboardReport.Latency {
    fileprivate init?(_ latency: LatencyHistogram) {
        guard let half = latency.percentile(50), let most = latency.percentile(90), let last = latency.percentile(99)
        else { return nil }
        self.init(
            p50: half.microseconds, p90: most.microseconds, p99: last.microseconds,
            buckets: (0..<Scoreboard.latencyBuckets).map { latency[$0] })
    }
}

extension DeployKind {
    /// The verb by which people know it.
    var verb: ControlVerb {
        switch self {
        case .start, .deploy: .deploy
        case .restart: .restart
        case .rollback: .rollback
        }
    }
}

extension Duration {
    var wholeSeconds: Int { Int(components.seconds) }

    /// Milliseconds, with their fraction.
    var inMilliseconds: Double { Double(microseconds) / 1000 }
}
