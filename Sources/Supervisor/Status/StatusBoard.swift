internal import DeployCore
internal import Linux

/// Facts of the master that only `status` needs.
protocol StatusSource: MasterView {
    /// The program that this process runs, as it was named when it was started.
    var program: String { get }
    var startedAt: Instant { get }
    /// The time of the last upgrade under this pid; nil for none.
    var upgradedAt: Instant? { get }
    /// Why the state could not be written when it was tried last.
    var savingFailure: SystemError? { get }
    /// The processes that a stop waits for: a line each, and a command.
    var waitedFor: [String] { get }
    /// The jobs that are started by the clock.
    var jobs: [JobReport] { get }
    /// Maintenance that is on.
    var maintenance: MaintenanceReport? { get }
    /// A worker's own status text.
    func statusText(of worker: WorkerNumber) -> String?
}

/// The picture that `status` shows, and who waits for it.
final class StatusBoard {
    private unowned let master: any StatusSource
    private let clients: Clients
    private let settings: CurrentSettings
    private let records: DeployRecords
    private let listeners: ListenerSet
    private let health: Health
    private let problems: Problems
    private let certificates: Certificates
    private let directory: StateDirectory
    /// Clients that asked while it was not known whether somebody takes the connections that wait.
    private var waiting: [ControlClientID] = []

    init(
        _ master: any StatusSource, _ clients: Clients, _ settings: CurrentSettings, _ records: DeployRecords,
        _ listeners: ListenerSet, _ health: Health, _ problems: Problems, _ certificates: Certificates,
        _ directory: StateDirectory
    ) {
        self.master = master
        self.clients = clients
        self.settings = settings
        self.records = records
        self.listeners = listeners
        self.health = health
        self.problems = problems
        self.certificates = certificates
        self.directory = directory
    }

    var isAwaited: Bool { !waiting.isEmpty }

    /// Answers at once, unless connections wait and it is to be seen first whether they are taken.
    func tell(_ client: ControlClientID) {
        health.wantsFiles = true
        health.look(at: EventLoop.now())
        waiting.append(client)
        answerIfKnown()
    }

    func forget(_ client: ControlClientID) { waiting.removeAll { $0 == client } }

    /// Looks, if the last look was long enough ago, and answers who waited for it.
    func lookIfDue(at now: Instant) {
        health.lookIfDue(at: now)
        answerIfKnown()
    }

    private func answerIfKnown() {
        guard !health.isOpen, !waiting.isEmpty else { return }
        let known = waiting
        waiting = []
        for client in known { clients.send(.status(report()), to: client) }
    }

    private func report() -> StatusReport {
        listeners.mendNames()
        let now = EventLoop.now()
        let machine = master.machine
        let counters = master.counters
        let memory = Sessions.residentBytes(
            of: machine.generations.flatMap { $0.workers.compactMap { $0.process?.pid } })
        return StatusReport(
            deployd: Version.current,
            master: MasterReport(
                pid: Int(ThisProcess.pid), program: master.program,
                uptimeSeconds: (now - master.startedAt).wholeSeconds,
                upgradedSeconds: master.upgradedAt.map { (now - $0).wholeSeconds },
                residentBytes: ThisProcess.residentBytes(of: ThisProcess.pid)),
            stateDirectory: directory.root,
            listeners: listeners.all.filter { !$0.isLeaving || !$0.isUnused }.map(report),
            certificates: certificates.reports(),
            serving: machine.phase == .running ? machine.serving?.rawValue : nil, scaledWorkers: machine.scaledWorkers,
            maintenance: master.maintenance, jobs: master.jobs,
            deployment: machine.deployment.map {
                var report = DeploymentReport($0, of: machine, at: now)
                report.message = master.releases[$0.generation]?.message
                return report
            },
            queuedDeploys: machine.queue.count,
            lastDeploy: lastDeploy(),
            generations: machine.generations.map {
                GenerationReport(
                    $0, of: machine, workers: workers(of: $0, memory, at: now), counters: counters[$0.number],
                    answers: answers(of: $0.number), lanes: lanes(of: $0.number), at: now)
            }, problems: problems.all(at: now))
    }

    private func answers(of generation: GenerationNumber) -> CountedAnswers {
        CountedAnswers(
            scoreboard: master.scoreboard(of: generation), kernel: master.kernelCounts(of: generation),
            sites: master.releases[generation]?.sites ?? [],
            obstacle: master.countingObstacle(of: generation))
    }

    private func report(_ listener: any Listener) -> ListenerReport {
        ListenerReport(
            name: listener.setting.name, address: listener.setting.address.description, steering: listener.steering,
            lanes: listener.laneCount, stragglers: listeners.stragglers.counts[listener.setting.name],
            leaving: listener.isLeaving ? true : nil, tls: listener.setting.isSecure ? true : nil)
    }

    /// In the order of their slots.
    private func workers(of generation: GenerationMachine, _ memory: [Int32: Int], at now: Instant) -> [WorkerReport] {
        generation.workers.sorted { ($0.slot, $0.number) < ($1.slot, $1.number) }.map {
            WorkerReport(
                $0, residentBytes: ($0.process?.pid).flatMap { memory[$0] }, status: master.statusText(of: $0.number),
                at: now)
        }
    }

    private func lanes(of generation: GenerationNumber) -> [LaneReport] {
        listeners.all.compactMap { listener in
            listener.lane(of: generation)?.info.map {
                LaneReport(listener: listener.setting.name, acceptQueue: $0.acceptQueue, backlog: $0.backlog)
            }
        }
    }

    private func lastDeploy() -> LastDeployReport? {
        guard let record = records.history.deploys.last else { return nil }
        return LastDeployReport(
            verb: ControlVerb(rawValue: record.verb) ?? .deploy, release: settings.layout.label(record.to),
            outcome: ControlOutcome(rawValue: record.outcome.rawValue), reason: record.reason,
            secondsAgo: WallClock.parse(record.time).map { max(0, (WallClock.now() - $0).wholeSeconds) } ?? 0,
            milliseconds: record.steps.reduce(0) { $0 + $1.milliseconds }, user: record.who.user,
            message: record.message)
    }
}
