internal import DeployCore
internal import Handoff
internal import Linux

/// The master: one thread around one epoll, which performs what the machine decides.
///
/// This file has what it holds and how events flow; the files `Master+…` have what it does. Events are handled one after
/// the other, never one inside another: whatever an effect brings about is queued.
final class Master {
    let settings: CurrentSettings
    let directory: StateDirectory
    /// The program that this process runs, as it was named when it was started.
    let program: String
    let presence: Presence
    let logs: GenerationLogs
    let store: StateStore
    let manager: ServiceManager
    let keeper: LaneKeeper

    var startedAt: Instant
    /// When this program took the place of another under the same pid; nil: it did not.
    var upgradedAt: Instant?
    let upgrader: Upgrader
    let loop: EventLoop
    /// What the journal is told.
    let log: MasterLog
    var machine: Machine
    let clients: Clients
    let records: DeployRecords
    let listeners: ListenerSet
    let generations: Generations
    let handovers: Handovers
    let orphans: Orphans
    let workers: Workers
    let commands: ReleaseCommands
    let requests: Requests
    private(set) lazy var health = Health(self, listeners)
    private(set) lazy var problems = Problems(self, listeners, health, records, directory)
    private(set) lazy var status = StatusBoard(
        self, clients, settings, records, listeners, health, problems, directory)
    private(set) lazy var desk = RequestDesk(
        self, requests, clients, status, settings, records, listeners, generations.groups, log)
    private(set) lazy var reloader = Reloader(
        self, settings, listeners, generations.groups, requests, clients, manager, logs, directory, log)
    private(set) lazy var answers = Answers(self, requests, reloader, listeners, logs, log)
    private(set) lazy var pruner = ReleasePruner(
        self, children, settings, records, requests, clients, logs, log)
    let children: Children
    let probes: Probes
    let releases: GenerationReleases
    let launcher: Launcher
    /// Its closing ends the master.
    let terminal = Terminal.ofStart()
    /// What is started when nothing serves and nothing is on the way to; nil once something was.
    var startRelease: String?
    var exitCode: Int32?
    /// Whether this master ends and leaves all else as it is, for the next one.
    var isLeaving = false
    let jobQuery: ServiceJobQuery
    /// Whether the state may have changed since it was compared with what was written last.
    private var isUnsaved = false
    private var events: [Event] = []
    private var isHandling = false

    init(
        configuration: Configuration, surroundings: Surroundings, directory: StateDirectory, history: History,
        listeners: [any Listener], keeper: LaneKeeper, handovers: HandoverSockets,
        processSockets: ProcessSockets, numbering: Numbering, control: consuming ControlServer, loop: EventLoop,
        lock: consuming FileLock
    ) throws(SystemError) {
        settings = CurrentSettings(configuration, surroundings)
        self.directory = directory
        self.keeper = keeper
        self.loop = loop
        log = MasterLog(surroundings.advice)
        clients = Clients(control, loop)
        requests = Requests(clients)
        records = DeployRecords(history, settings, requests, directory, log)
        probes = Probes(loop)
        self.listeners = ListenerSet(listeners, keeper: keeper, loop, log)
        program = MasterProcess.program(surroundings)
        machine = Machine(policies: Policies(configuration.policies), numbering: numbering)
        store = StateStore(directory, log)
        logs = try GenerationLogs(directory, limit: configuration.policies.logLimitBytes)
        children = Children(loop)
        launcher = Launcher(directory, log)
        commands = ReleaseCommands(loop, log, logs, children, launcher, directory)
        releases = GenerationReleases()
        self.handovers = Handovers(handovers, loop, log, releases)
        generations = Generations(
            releases, processSockets, self.handovers, self.listeners, logs, children, launcher, directory, log)
        orphans = Orphans(loop, log, releases)
        workers = Workers(loop, log, directory, generations, self.handovers, orphans, self.listeners, children)
        presence = try Presence(directory, lock, loop, log)
        manager = ServiceManager(surroundings, at: Self.now())
        jobQuery = ServiceJobQuery(manager, loop, log, children)
        upgrader = Upgrader(program, stateDirectory: directory.root, loop, log, children, manager)
        startedAt = Self.now()
        upgrader.host = self
        self.listeners.host = self
        commands.printed = { [unowned self] lines, generation in answers.tellPrinted(lines, generation) }
    }

    /// The machine's clock.
    static func now() -> Instant { EventLoop.now() }

    /// Tells the machine what happened, and performs what it wants done.
    func feed(_ event: Event) {
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
                if machine.generation(generation) == nil { logs.close(generation) }
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
            beginAgainIfIdle()
        } while !events.isEmpty
        listeners.arrangeIfNeeded()
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
        for effect in effects { perform(effect) }
    }

    /// Writes down what became known in this turn of the loop, all of it at once.
    func endTurn() { if isUnsaved { saveIfChanged() } }

    private func saveIfChanged() {
        isUnsaved = false
        store.saveIfChanged(savedState)
    }

    /// What the next master would need.
    var savedState: SavedState {
        SavedState(
            machine: machine.durable, releases: releases.all, lanes: listeners.pools,
            addresses: Dictionary(
                uniqueKeysWithValues: settings.configuration.listeners.map { ($0.name, $0.address.description) }),
            takers: workers.takers)
    }

    /// Writes down what is known, where so many states more find room, too; says why when that failed.
    func save(synchronously: Bool, ahead: Int = 0) -> SystemError? {
        store.save(savedState, synchronously: synchronously, ahead: ahead)
    }

    /// A generation as people call it: "generation 3 (v2)".
    func name(_ generation: GenerationNumber) -> String { releases.name(generation) }
}

extension Master: StatusSource {
    func scoreboard(of generation: GenerationNumber) -> ScoreboardSnapshot? { workers.scoreboard(of: generation) }

    var counters: [GenerationNumber: GenerationCounters] { workers.counters(of: machine.generations.map(\.number)) }

    func counts(of generation: GenerationNumber) -> GenerationCounts { workers.counts(of: generation) }

    var savingFailure: SystemError? { store.failure }

    func statusText(of worker: WorkerNumber) -> String? { workers[worker]?.statusText }
}

extension Master: ListenerHost {
    var accepting: Accepting { Accepting(machine) }

    func handOver(_ straggler: borrowing Socket) -> Bool { handovers.give(straggler, to: machine.serving) }

    func orderChanged() { saveIfChanged() }
}
