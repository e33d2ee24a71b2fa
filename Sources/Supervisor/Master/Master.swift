internal import DeployCore
internal import Handoff
internal import Linux

/// The master: one thread around one epoll, which has its parts perform what the machine decides.
///
/// This is how events flow. They are handled one after the other, never one inside another: whatever an effect brings about
/// is queued.
final class Master {
    let parts: MasterParts
    var machine: Machine
    private(set) lazy var health = Health(self, parts.listeners)
    private(set) lazy var problems = Problems(
        self, parts.listeners, health, parts.records, parts.certificates, parts.directory)
    private(set) lazy var status = StatusBoard(
        self, parts.clients, parts.settings, parts.records, parts.listeners, health, problems,
        parts.certificates, parts.directory)
    private(set) lazy var desk = RequestDesk(
        self, parts.requests, parts.clients, status, parts.settings, parts.records, parts.listeners,
        parts.generations.groups, parts.log)
    private(set) lazy var reloader = Reloader(
        self, parts.settings, parts.listeners, parts.generations.groups, parts.requests, parts.clients, parts.manager,
        parts.certificates, parts.logs, parts.directory, parts.log)
    private(set) lazy var answers = Answers(self, parts.requests, reloader, parts.listeners, parts.logs, parts.log)
    private(set) lazy var pruner = ReleasePruner(
        self, parts.children, parts.settings, parts.records, parts.requests, parts.clients, parts.logs, parts.log)
    private(set) lazy var stop = StopWait(self, parts)
    private(set) lazy var firstDeploy = FirstDeploy(self)
    private(set) lazy var exec = MasterExec(self)
    private lazy var table = EffectTable(self)
    var exitCode: Int32?
    /// Whether this master ends and leaves all else as it is, for the next one.
    var isLeaving = false
    /// The exit code of a master that is over but for runs that the clock has started.
    private var lastCode: Int32?
    /// Whether the state may have changed since it was compared with what was written last.
    private var isUnsaved = false
    private var events: [Event] = []
    private var isHandling = false

    init(_ parts: MasterParts, _ numbering: Numbering) {
        self.parts = parts
        machine = Machine(policies: Policies(parts.settings.configuration.policies), numbering: numbering)
        parts.upgrader.host = exec
        parts.listeners.host = self
        parts.certificates.served = { [unowned self] in
            machine.serving.flatMap { parts.generations.releases[$0] }.flatMap { ServedHosts($0) }
        }
        parts.maintenance.host = self
        parts.jobs.host = self
        parts.commands.printed = { [unowned self] lines, generation in answers.tellPrinted(lines, generation) }
    }

    /// The machine's clock.
    static func now() -> Instant { EventLoop.now() }

    /// Tells the machine what happened, and performs what it wants done.
    func feed(_ event: Event) {
        if case .stop(_, now: true) = event { parts.jobs.kill() }
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        drainEvents()
    }

    /// Tells the machine what a part has heard.
    func feed(_ heard: [Event]) {
        for event in heard {
            switch event {
            case .probeFailed(let generation, let failure): answers.tell(failure, of: generation)
            case .hook(_, let generation, .ended), .tested(let generation, _):
                // A command may outlive its generation, whose log then waits for it.
                if machine.generation(generation) == nil { parts.logs.close(generation) }
            case .exited: health.wantsFiles = true
            default: break
            }
            feed(event)
        }
    }

    /// Carries a command out only if what it comes to can be written down: what a killed master would have forgotten is not
    /// begun. Not for commands that take back, or end. (Also what changes nothing is tried: nobody is told that all is well
    /// while nothing can be written.)
    ///
    /// - Returns: why nothing was done; nil when it is.
    func feedIfSaved(_ event: Event) -> SystemError? {
        let before = machine
        let effects = machine.handle(event, at: Self.now())
        if let failure = save(synchronously: true, ahead: StateStore.statesAhead) {
            machine = before
            return failure
        }
        perform(effects)
        return nil
    }

    private func drainEvents() {
        repeat {
            while !events.isEmpty {
                var effects = machine.handle(events.removeFirst(), at: Self.now())
                // Workers that were spawned together are written down together before the first is launched.
                while case .launch? = effects.last, case .spawned? = events.first {
                    effects += machine.handle(events.removeFirst(), at: Self.now())
                }
                carryOut(effects)
            }
            firstDeploy.orderAgainIfIdle()
        } while !events.isEmpty
        parts.listeners.arrangeIfNeeded()
    }

    /// Performs effects that did not come of an event: those with which a resumed machine begins.
    func perform(_ effects: [Effect]) {
        isHandling = true
        defer { isHandling = false }
        carryOut(effects)
        drainEvents()
    }

    /// What is known is written down before it is acted upon; what nobody acts upon, at the end of the loop's turn.
    private func carryOut(_ effects: [Effect]) {
        isUnsaved = true
        guard !effects.isEmpty else { return }
        saveIfChanged()
        for effect in effects { feed(table.perform(effect)) }
    }

    /// Writes down what became known in this turn of the loop, all of it at once, and looks again at lanes that became others' by
    /// something of which the machine does not know.
    func endTurn() {
        parts.listeners.arrangeIfNeeded()
        if isUnsaved { saveIfChanged() }
    }

    private func saveIfChanged() {
        isUnsaved = false
        parts.store.saveIfChanged(savedState)
    }

    /// What the next master would need.
    var savedState: SavedState {
        SavedState(
            machine: machine.durable, releases: parts.releases.all, lanes: parts.listeners.pools,
            addresses: parts.listeners.addresses(in: parts.settings.configuration), leaving: parts.listeners.leaving,
            takers: parts.workers.takers, tlsTakers: parts.workers.takers(from: 2), sparers: parts.workers.sparers,
            maintenance: parts.maintenance.saved, jobs: parts.jobs.saved,
            file: parts.settings.configuration.file ?? "")
    }

    /// Writes down what is known, where so many states more find room, too; says why when that failed.
    func save(synchronously: Bool, ahead: Int = 0) -> SystemError? {
        parts.store.save(savedState, synchronously: synchronously, ahead: ahead)
    }

    /// What people ask for.
    func take(_ input: ControlInput) {
        switch desk.take(input) {
        case nil: break
        case .event(let event): feed(event)
        case .answer(let request, let outcome): feed(answers.finish(request, outcome))
        case .order(let event, let request):
            if let failure = feedIfSaved(event) { desk.refuse(request, unsaved: failure) }
        case .stop(let request, let now):
            let client = parts.requests[request]?.client
            feed(.stop(request, now: now))
            for line in now ? [] : waitedFor { parts.clients.send(.note(line), to: client) }
        case .upgrade(let program, let terms, let who, let client):
            parts.upgrader.begin(to: program, terms, by: who, client: client)
        case .reload(let who, let client): feed(reloader.reload(by: who, client: client))
        case .maintenance(let terms, let who, let client): parts.maintenance.take(terms, by: who, client)
        case .left(let client): parts.upgrader.abandon(of: client)
        }
    }
}

extension Master: StatusSource {
    var releases: GenerationReleases { parts.releases }
    var program: String { parts.program }
    var startedAt: Instant { exec.startedAt }
    var upgradedAt: Instant? { exec.upgradedAt }
    var savingFailure: SystemError? { parts.store.failure }
    var maintenance: MaintenanceReport? { parts.maintenance.report }
    var jobs: [JobReport] { parts.jobs.reports }
    var waitedFor: [String] { stop.waitedFor }
    var counters: [GenerationNumber: GenerationCounters] {
        parts.workers.counters(of: machine.generations.map(\.number))
    }

    func name(_ generation: GenerationNumber) -> String { releases.name(generation) }

    func runnable(_ generation: GenerationNumber) -> RunnableRelease? {
        if let known = releases[generation] { return known }
        let underWay = machine.deployment.flatMap { $0.generation == generation ? $0.plan : nil }
        guard let plan = machine.generation(generation)?.plan ?? underWay else { return nil }
        let asked = machine.deployment.flatMap { parts.requests[$0.request]?.release }
        return releases.assign(generation, path: plan.path, asked: asked)
    }

    func scoreboard(of generation: GenerationNumber) -> ScoreboardSnapshot? {
        parts.workers.scoreboard(of: generation)
    }

    func counts(of generation: GenerationNumber) -> GenerationCounts { parts.workers.counts(of: generation) }

    func kernelCounts(of generation: GenerationNumber) -> AnswerCounts? { parts.counting.counts(of: generation) }

    func countingObstacle(of generation: GenerationNumber) -> String? { parts.counting.obstacle(to: generation) }

    func statusText(of worker: WorkerNumber) -> String? { parts.workers[worker]?.statusText }
}

extension Master {
    /// Has the kernel count what comes to a generation whose workers do not.
    ///
    /// - Parameter goesOn: see ``KernelCounts/begin(_:on:goesOn:)``.
    func countIfUncounted(_ generation: GenerationNumber, goesOn: Bool = false) {
        guard parts.workers.scoreboard(of: generation) == nil else { return }
        parts.counting.begin(generation, on: parts.generations.lanes(of: generation).map(\.lane), goesOn: goesOn)
    }
}

// The end.
extension Master {
    /// The machine is over. Runs that the clock has started may have some time left.
    func exit(code: Int32) {
        lastCode = code
        parts.jobs.stop()
        exitWhenIdle()
    }

    func exitWhenIdle() {
        guard let lastCode, exitCode == nil, parts.jobs.isIdle else { return }
        parts.orphans.killAll()
        parts.maintenance.end()
        exitCode = lastCode
    }
}

extension Master: ListenerHost, MaintenanceHost, ScheduledJobsHost {
    var accepting: Accepting { Accepting(machine) }

    func handOver(_ straggler: borrowing Socket, from listener: ListenerSetting, isKeptOut: Bool) -> Bool {
        if isKeptOut {
            let isSecure = parts.maintenance.speaksTLS(at: listener)
            return parts.handovers.give(straggler, isSecure ? .newTLS : .plain, to: .maintenance)
        }
        let isSecure = machine.serving.flatMap { releases[$0] }?.speaksTLS(at: listener) ?? false
        return parts.handovers.give(straggler, isSecure ? .newTLS : .plain, to: machine.serving)
    }

    func orderChanged() { saveIfChanged() }
}
