internal import DeployCore
internal import Linux

/// The master: one thread around one epoll, which performs what the machine decides.
///
/// This file has what it holds and how events flow; the files `Master+…` have what it does. Events are handled one after
/// the other, never one inside another: whatever an effect brings about is queued.
final class Master {
    /// What `deployd.json` said when it was read last.
    var configuration: Configuration
    let surroundings: Surroundings
    var layout: ReleaseLayout
    let directory: StateDirectory
    /// The program that this process runs, as it was named when it was started.
    let program: String
    /// Held for as long as the master lives.
    var lock: FileLock
    /// Tells when somebody removes what the master is found by.
    let place: PlaceWatch
    let logs: GenerationLogs
    let stateFile: StateFile
    /// Where the state is written.
    var home: StateHome
    let manager: ServiceManager
    let keeper: LaneKeeper
    let handovers: HandoverSockets
    let processSockets: ProcessSockets
    let groups: GenerationGroups

    var startedAt: Instant
    /// When this program took the place of another under the same pid; nil: it did not.
    var upgradedAt: Instant?
    var upgrade: Upgrade?
    let loop: EventLoop
    /// What the journal is told.
    let log: MasterLog
    var machine: Machine
    var control: ControlServer
    var history: History
    let listeners: ListenerSet
    var workers: [WorkerNumber: WorkerProcess] = [:]
    let commands: ReleaseCommands
    let children: Children
    /// What workers that have ended left alive in their sessions.
    var remains: [WorkerRemains] = []
    /// Who lived when a worker ended in this turn of the loop; nil: none has.
    var census: Sessions.Census?
    let probes: Probes
    var releases: [GenerationNumber: RunnableRelease] = [:]
    var launcher: Launcher
    /// Connections that outlived the generation they were handed to, on their way to the next.
    var forwards: [UInt64: HandoverForward] = [:]
    var requests = RequestDesk()
    var attention = HealthWatch()
    /// Which workers ran out of memory.
    var memoryKills = MemoryKills()
    /// Its closing ends the master.
    let terminal = Terminal.ofStart()
    /// What is started when nothing serves and nothing is on the way to; nil once something was.
    var startRelease: String?
    /// What is to be known of the choice that a start made, until the next deploy.
    var startNotes: [String] = []
    /// Whether old releases are to be looked at again when those have been removed that are being removed.
    var prunesAgain = false
    var exitCode: Int32?
    var keeperSerial: UInt64 = 0
    /// Whether this master ends and leaves all else as it is, for the next one.
    var isLeaving = false
    /// What systemd is being asked since SIGTERM came: whether the service is to be started again.
    var question: ServiceQuestion?
    /// Why the state could not be written when it was tried last.
    var savingFailure: SystemError?
    /// When it is tried again, though nothing has changed.
    var saveAgainAt: Instant?
    private let boot = ThisProcess.bootID
    private var saved: SavedState?
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
        self.configuration = configuration
        self.surroundings = surroundings
        self.directory = directory
        self.history = history
        self.keeper = keeper
        self.handovers = handovers
        self.processSockets = processSockets
        self.control = control
        self.loop = loop
        log = MasterLog(surroundings.advice)
        probes = Probes(loop)
        self.listeners = ListenerSet(listeners, keeper: keeper, loop, log)
        self.lock = lock
        groups = GenerationGroups(directory)
        program = MasterProcess.program(surroundings)
        layout = ReleaseLayout(configuration)
        machine = Machine(policies: Policies(configuration.policies), numbering: numbering)
        stateFile = StateFile(path: directory.stateFile)
        home = StateHome(directory.root)
        logs = try GenerationLogs(directory, limit: configuration.policies.logLimitBytes)
        children = Children(loop)
        commands = ReleaseCommands(loop, log, logs, children, directory)
        launcher = Launcher(directory: directory, log: log)
        place = try PlaceWatch(directory)
        manager = ServiceManager(surroundings, at: Self.now())
        startedAt = Self.now()
        self.listeners.host = self
        commands.printed = { [unowned self] lines, generation in tellPrinted(lines, generation) }
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
            case .probeFailed(let generation, let failure): tell(failure, of: generation)
            case .hook(_, let generation, .ended), .tested(let generation, _):
                // A command may outlive its generation, whose log then waits for it.
                if machine.generation(generation) == nil { logs.close(generation) }
            default: break
            }
            feed(event)
        }
    }

    /// So many states follow one that a command brings about, and are to find room: its workers' pids, one after the other.
    static let statesAhead = 8

    /// Carries a command out only if what it comes to can be written down: what a killed master would have forgotten is not
    /// begun. Not for commands that take back, or end. (Also what changes nothing is tried: nobody is told that all is well
    /// while nothing can be written.)
    ///
    /// - Returns: why nothing was done; nil when it is.
    func feedIfSaved(_ event: Event) -> SystemError? {
        let before = machine
        let effects = machine.handle(event, at: Self.now())
        if let failure = save(synchronously: true, ahead: Self.statesAhead) {
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

    /// What the next master would need.
    private var savedState: SavedState {
        SavedState(
            boot: boot, machine: machine.durable, releases: releases,
            lanes: Dictionary(
                uniqueKeysWithValues: listeners.current.compactMap { listener in
                    listener.pool.map { (listener.setting.name, $0) }
                }),
            addresses: Dictionary(
                uniqueKeysWithValues: configuration.listeners.map { ($0.name, $0.address.description) }),
            takers: Set(workers.values.filter(\.takesHandover).map(\.number)), home: home)
    }

    /// Writes down what is known, unless it is what was written last.
    func saveIfChanged() {
        isUnsaved = false
        if savedState != saved { _ = save(synchronously: false) }
    }

    /// Writes down what is known, where so many states more find room, too; says why when that failed.
    func save(synchronously: Bool, ahead: Int = 0) -> SystemError? {
        let state = savedState
        do {
            try stateFile.write(state, synchronously: synchronously, ahead: ahead)
            saved = state
            if savingFailure != nil { log("the state can be written again") }
            savingFailure = nil
            saveAgainAt = nil
        } catch {
            if savingFailure != error { log("the state cannot be written: \(error)", .error) }
            savingFailure = error
            saveAgainAt = Self.now() + .seconds(1)
        }
        return savingFailure
    }

    /// A generation as people call it: "generation 3 (v2)".
    func name(_ generation: GenerationNumber) -> String {
        guard let release = releases[generation] else { return "generation \(generation)" }
        return "generation \(generation) (\(release.label))"
    }
}

extension Master: ListenerHost {
    var accepting: Accepting { Accepting(machine) }

    func orderChanged() { saveIfChanged() }
}
