internal import DeployCore
internal import Handoff
internal import Linux

// The picture that `status` shows: the machine's view, with what the kernel and the workers count.
extension Master {
    func statusReport() -> StatusReport {
        listeners.mendNames()
        let now = Self.now()
        let view = MachineView(machine, counters: counters(), at: now)
        let memory = Sessions.residentBytes(of: view.generations.flatMap { $0.workers.compactMap(\.pid) })
        return StatusReport(
            deployd: Version.current,
            master: MasterReport(
                pid: Int(ThisProcess.pid), program: program, uptimeSeconds: (now - startedAt).wholeSeconds,
                upgradedSeconds: upgradedAt.map { (now - $0).wholeSeconds },
                residentBytes: ThisProcess.residentBytes(of: ThisProcess.pid)),
            stateDirectory: directory.root, listeners: listeners.current.map(listenerReport),
            serving: view.isStopping ? nil : view.serving?.rawValue,
            deployment: deploymentReport(at: now), queuedDeploys: view.queued, lastDeploy: lastDeploy(),
            generations: view.generations.map { report($0, memory) }, problems: problems(view))
    }

    func deploymentReport(at now: Instant) -> DeploymentReport? {
        guard let deployment = MachineView(machine, at: now).deployment else { return nil }
        return DeploymentReport(
            verb: deployment.kind.verb, release: deployment.label, generation: deployment.generation.rawValue,
            step: deployment.step.name, stepSeconds: deployment.stepAge.wholeSeconds,
            seconds: deployment.age.wholeSeconds, evidence: deployment.evidence,
            canaryPercent: deployment.canaryPercent)
    }

    private func listenerReport(_ listener: any Listener) -> ListenerReport {
        ListenerReport(
            name: listener.setting.name, address: listener.setting.address.description, steering: listener.steering,
            lanes: listener.laneCount, stragglers: listeners.stragglers.counts[listener.setting.name])
    }

    /// What a generation's web workers have counted, all together; nil when none of them counts.
    func scoreboard(of generation: GenerationNumber) -> ScoreboardSnapshot? {
        let boards = workers.values.filter { $0.generation == generation && $0.slot.isWeb }.compactMap { $0.counters() }
        guard !boards.isEmpty else { return nil }
        return boards.reduce(into: ScoreboardSnapshot()) { $0.add($1) }
    }

    func counters() -> [GenerationNumber: GenerationCounters] {
        var counters: [GenerationNumber: GenerationCounters] = [:]
        for generation in machine.generations.map(\.number) {
            let board = scoreboard(of: generation)
            counters[generation] = GenerationCounters(
                requests: board.map { $0[.inFlight] }, idle: board.map { $0[.idle] },
                upgraded: board.map { $0[.upgraded] },
                queued: listeners.knownQueue(of: generation))
        }
        return counters
    }

    private func report(_ generation: GenerationView, _ memory: [Int32: Int]) -> GenerationReport {
        GenerationReport(
            number: generation.number.rawValue, release: generation.label, path: generation.path,
            state: state(generation),
            seconds: generation.age.wholeSeconds,
            reason: generation.reason, workers: generation.workers.map { report($0, memory) },
            crashLoop: generation.crashLoop.map {
                CrashLoopReport(
                    crashes: $0.exits, withinSeconds: $0.window.wholeSeconds,
                    nextAttemptSeconds: generation.nextRespawnIn?.wholeSeconds ?? 0)
            },
            scoreboard: scoreboard(of: generation.number).map(report),
            lanes: listeners.all.compactMap { listener in
                listener.lane(of: generation.number)?.info.map {
                    LaneReport(listener: listener.setting.name, acceptQueue: $0.acceptQueue, backlog: $0.backlog)
                }
            })
    }

    /// Both generations of a canary serve; the new one is told apart.
    private func state(_ generation: GenerationView) -> GenerationState {
        let isShared = machine.deployment.map { $0.generation == generation.number && $0.canaryStep != nil } ?? false
        return isShared && generation.stage == .serving ? .canary : GenerationState(rawValue: generation.stage.rawValue)
    }

    private func report(_ worker: WorkerView, _ memory: [Int32: Int]) -> WorkerReport {
        WorkerReport(
            slot: worker.slot.number, process: worker.slot.process, pid: worker.pid.map(Int.init),
            state: worker.stage.rawValue,
            seconds: worker.age.wholeSeconds, restarts: worker.restarts,
            residentBytes: worker.pid.flatMap { memory[$0] },
            lastExit: worker.lastEnd?.description,
            status: workers[worker.number]?.statusText ?? worker.spawnFailure.map { "could not be started: \($0)" })
    }

    private func report(_ board: ScoreboardSnapshot) -> ScoreboardReport {
        ScoreboardReport(
            requests: board[.requests],
            statusClasses: .init(
                informational: board[.informational], successful: board[.success],
                redirection: board[.redirection], clientError: board[.clientError],
                serverError: board[.serverError]),
            inFlight: board[.inFlight], idle: board[.idle], connections: board[.connections],
            adopted: board[.adopted], handedOver: board[.handedOver], latency: report(board.latency))
    }

    private func report(_ latency: LatencyHistogram) -> ScoreboardReport.Latency? {
        guard let half = latency.percentile(50), let most = latency.percentile(90), let last = latency.percentile(99)
        else { return nil }
        return ScoreboardReport.Latency(p50: half.microseconds, p90: most.microseconds, p99: last.microseconds)
    }

    private func lastDeploy() -> LastDeployReport? {
        guard let record = history.deploys.last else { return nil }
        return LastDeployReport(
            verb: ControlVerb(rawValue: record.verb) ?? .deploy, release: layout.label(record.to),
            outcome: ControlOutcome(rawValue: record.outcome.rawValue), reason: record.reason,
            secondsAgo: WallClock.parse(record.time).map { max(0, (WallClock.now() - $0).wholeSeconds) } ?? 0,
            milliseconds: record.steps.reduce(0) { $0 + $1.milliseconds }, user: record.who.user)
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
    /// Seconds, cut off.
    var wholeSeconds: Int { Int(components.seconds) }
}
