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
    let manager: ServiceManager
    let keeper: LaneKeeper
    let handovers: HandoverSockets
    let processSockets: ProcessSockets
    let groups: GenerationGroups

    var startedAt: Instant
    /// When this program took the place of another under the same pid; nil: it did not.
    var upgradedAt: Instant?
    var upgrade: Upgrade?
    var epoll: Epoll
    var machine: Machine
    var control: ControlServer
    var history: History
    /// In the order of the configuration; behind them those that are leaving.
    var listeners: [any Listener]
    var workers: [WorkerNumber: WorkerProcess] = [:]
    /// The hook under way.
    var hook: RunningHook?
    /// The test of a watched generation that is under way.
    var test: RunningTest?
    var helpers: [UInt64: HelperProcess] = [:]
    /// When lanes of generations that are gone are looked at next, and how long that was put off; nil: there are none.
    var laneLook: (at: Instant, pause: Duration)?
    /// What workers that have ended left alive in their sessions.
    var remains: [WorkerRemains] = []
    /// Who lived when a worker ended in this turn of the loop; nil: none has.
    var census: Sessions.Census?
    var probes: [UInt64: Probe] = [:]
    var releases: [GenerationNumber: RunnableRelease] = [:]
    /// The lanes that the master watches, by the serial number of their token, with their listener.
    var watchedLanes: [UInt64: (listener: any Listener, lane: Lane)] = [:]
    /// Generations whose users are taken away from them before they drain.
    var evacuated: Set<GenerationNumber> = []
    /// Whether the watches of the lanes are to be looked at again once the machine has heard all.
    var haveLanesChanged = false
    /// When, at a stop, nobody may try to connect any more; the doors have been shut before.
    var lockUpAt: Instant?
    var areDoorsShut = false
    var pauses = Pauses()
    var nameWatch: NameWatch?
    var seldom = SeldomLog()
    /// The limit of open files that this process was started with, and that its children get.
    var softFiles: UInt64?
    var relays: [UInt64: Relay] = [:]
    /// Connections that were taken from a lane, and for whose relay there was no descriptor.
    var heldBack: [(client: Socket.Box, listener: any Listener)] = []
    /// Connections that outlived the generation they were handed to, on their way to the next.
    var forwards: [UInt64: HandoverForward] = [:]
    /// How many stragglers each listener had, by its name.
    var stragglers: [String: Int] = [:]
    var requests = RequestDesk()
    var attention = HealthWatch()
    /// Which workers ran out of memory.
    var memoryKills = MemoryKills()
    /// How many probes each generation has been sent, which chooses the listener for the next.
    var probeCounts: [GenerationNumber: Int] = [:]
    /// Its closing ends the master.
    let terminal = Terminal.ofStart()
    /// What is started when nothing serves and nothing is on the way to; nil once something was.
    var startRelease: String?
    /// What is to be known of the choice that a start made, until the next deploy.
    var startNotes: [String] = []
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
    private var events: [Event] = []
    private var isHandling = false
    private var lastSerial: UInt64 = 0

    init(
        configuration: Configuration, surroundings: Surroundings, directory: StateDirectory, history: History,
        listeners: [any Listener], keeper: LaneKeeper, handovers: HandoverSockets,
        processSockets: ProcessSockets, numbering: Numbering, control: consuming ControlServer, epoll: consuming Epoll,
        lock: consuming FileLock
    ) throws(SystemError) {
        self.configuration = configuration
        self.surroundings = surroundings
        self.directory = directory
        self.history = history
        self.listeners = listeners
        self.keeper = keeper
        self.handovers = handovers
        self.processSockets = processSockets
        self.control = control
        self.epoll = epoll
        self.lock = lock
        groups = GenerationGroups(directory)
        program = MasterProcess.program(surroundings)
        layout = ReleaseLayout(configuration)
        machine = Machine(policies: Policies(configuration.policies), numbering: numbering)
        stateFile = StateFile(path: directory.stateFile)
        logs = try GenerationLogs(directory, limit: configuration.policies.logLimitBytes)
        place = try PlaceWatch(directory)
        manager = ServiceManager(surroundings, at: Self.now())
        startedAt = Self.now()
    }

    /// The machine's clock.
    static func now() -> Instant { Instant(sinceBoot: MonotonicClock.now()) }

    /// A serial number that was never given out before.
    func nextSerial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }

    /// Tells the machine what happened, and performs what it wants done.
    func feed(_ event: Event) {
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        drainEvents()
    }

    /// Carries a command out only if what it comes to can be written down: what a killed master would have forgotten is not
    /// begun. Not for commands that take back, or end.
    ///
    /// - Returns: why nothing was done; nil when it is.
    func feedIfSaved(_ event: Event) -> SystemError? {
        let before = machine
        let effects = machine.handle(event, at: Self.now())
        if savedState != saved, let failure = save(synchronously: true) {
            machine = before
            return failure
        }
        perform(effects)
        return nil
    }

    private func drainEvents() {
        repeat {
            while !events.isEmpty { carryOut(machine.handle(events.removeFirst(), at: Self.now())) }
            beginAgainIfIdle()
        } while !events.isEmpty
        guard haveLanesChanged else { return }
        haveLanesChanged = false
        arrangeWatches()
    }

    /// Performs effects that did not come of an event: those with which a resumed machine begins.
    func perform(_ effects: [Effect]) {
        isHandling = true
        defer { isHandling = false }
        carryOut(effects)
        drainEvents()
    }

    /// What is known is written down before it is acted upon.
    private func carryOut(_ effects: [Effect]) {
        saveIfChanged()
        for effect in effects { perform(effect) }
    }

    /// What the next master would need.
    private var savedState: SavedState {
        SavedState(
            boot: boot, machine: machine.durable, releases: releases,
            lanes: Dictionary(
                uniqueKeysWithValues: listeners.filter { !$0.isLeaving }.compactMap { listener in
                    listener.pool.map { (listener.setting.name, $0) }
                }),
            addresses: Dictionary(
                uniqueKeysWithValues: configuration.listeners.map { ($0.name, $0.address.description) }),
            takers: Set(workers.values.filter(\.takesHandover).map(\.number)))
    }

    /// Writes down what is known, unless it is what was written last.
    func saveIfChanged() {
        if savedState != saved { _ = save(synchronously: false) }
    }

    /// Writes down what is known; says why when that failed.
    func save(synchronously: Bool) -> SystemError? {
        let state = savedState
        do {
            try stateFile.write(state, synchronously: synchronously)
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

    /// Lines for the journal: every one, each by itself and harmless, since what others said may be among them.
    func log(_ text: String, _ urgency: Urgency = .information) {
        for line in ForeignText.lines(surroundings.advice.completed(text)) {
            StandardError.line("deployd: \(line)", urgency)
        }
    }

    /// A generation as people call it: "generation 3 (v2)".
    func name(_ generation: GenerationNumber) -> String {
        guard let release = releases[generation] else { return "generation \(generation)" }
        return "generation \(generation) (\(release.label))"
    }
}
