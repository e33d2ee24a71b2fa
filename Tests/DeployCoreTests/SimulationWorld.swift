@testable import DeployCore

/// A machine in a simulated world: processes, lanes, a kernel that steers, a disk, clients, a clock.
///
/// The world performs the machine's effects, with faults, and answers after a delay. It keeps its own books, by which the
/// invariants are checked after every event.
final class SimulationWorld {
    /// An event on its way to the machine.
    struct Pending {
        let at: Instant
        let event: Event
    }

    /// What the machine was before an event, as far as a check wants to know.
    struct Before {
        let isIdle: Bool
        /// Whether another generation may come to drain.
        let hasRoom: Bool
        let old: GenerationNumber?
        /// The generation of the deploy under way.
        let new: GenerationNumber?
        /// Where the deploy under way stands.
        let stage: DeployStage?
        let startedAt: Instant?
        let wanted: Int?
        let path: String?
        let scaling: Scaling.Change?

        init(_ machine: Machine) {
            isIdle = machine.phase == .running && machine.deployment == nil
            scaling = machine.scaling.change
            let leaving = machine.generations.count { $0.stage == .retiring || $0.stage == .draining }
            hasRoom = leaving < machine.policies.maxDraining
            old = machine.deployment?.predecessor
            new = machine.deployment?.generation
            stage = machine.deployment?.stage
            startedAt = machine.deployment?.startedAt
            wanted = machine.generation(old)?.wanted
            path = machine.generation(old)?.plan.path
        }
    }

    static let releases = ["v1", "v2", "v3"]

    var random: SimulationRandom
    var machine: Machine
    var now = Instant(sinceBoot: .seconds(1_000))
    /// How often things go wrong, in percent. Zero while the history calms down.
    var trouble: Int
    var pending: [Pending] = []
    /// The effects of the event in hand.
    var effectsInHand: [Effect] = []
    var processes: [SimulationProcess] = []
    var generations: [SimulationGeneration] = []
    /// Generations that new connections may enter: more than one only while a steering is unanswered or has failed.
    var steeredTo: Set<GenerationNumber> = []
    var steeringInFlight: SteeringTarget?
    /// What the kernel goes by; nil while that is not known.
    var restingTarget: SteeringTarget?
    /// By which shares workers were told last to share kept connections, and in which of the master's lives.
    var sharing: (target: SteeringTarget, life: Int)?
    var saveInFlight: GenerationNumber?
    var commitInFlight: GenerationNumber?
    /// Looks at counters: the loop answers them before anything else.
    var observed: [Event] = []
    /// How many generations have lanes.
    var lanesOut = 0
    /// The hook under way, and whether one is being started.
    var hook: SimulationHook?
    var hookInFlight = false
    var spawnsInFlight: [WorkerNumber: GenerationNumber] = [:]
    /// Requests, with how often each was finished.
    var finishes: [RequestNumber: Int] = [:]
    var lastRequest = 0
    /// Workers that have, or had, a process.
    var everSpawned: Set<WorkerNumber> = []
    var exitCode: Int?
    /// What the master is to exit with, once it stops.
    var stopCode: Int?
    /// Somebody asked for an end that waits for nothing.
    var isStoppedAtOnce = false
    /// How often the master is killed, in percent of the events.
    var deathRate: Int
    /// The master's lives, from 1.
    var life = 1
    /// What is on disk.
    var saved: DurableState
    /// The lanes were lost, and no master has yet written down what it made of that.
    var usersMayBeAnywhere = false
    /// What could not be steered to when that was tried last: it is tried again.
    var failedSteering: SteeringTarget?
    /// When what could not be steered back is steered again: there, or to the new generation.
    var undoingUntil: Instant?
    /// A new master performs its first effects.
    var isResuming = false
    var isCalm = false
    /// What happened, when somebody wants to read it.
    var trace: [String]?
    /// What was reached, when somebody wants to know.
    var coverage: SimulationCoverage?
    private var nextPid: Int32 = 100

    init(random: SimulationRandom, traced: Bool = false) {
        self.random = random
        machine = Machine(policies: Self.policies)
        saved = machine.durable
        trace = traced ? [] : nil
        trouble = 0
        deathRate = 0
        trouble = self.random.pick([0, 5, 20, 50])
        deathRate = self.random.pick([0, 2, 5, 20])
    }

    /// Short times, so that deadlines meet each other often.
    static let policies: Policies = {
        var policies = Policies()
        policies.readyTimeout = .seconds(2)
        policies.probe.steadyLimit = .seconds(1)
        policies.watch = .seconds(1)
        policies.evidence.probes?.interval = .milliseconds(250)
        policies.drain.requests = .seconds(2)
        policies.drain.upgrades = .seconds(4)
        policies.terminateGrace = .milliseconds(500)
        policies.retire.interval = .milliseconds(60)
        policies.retire.limit = .milliseconds(500)
        policies.maxDraining = 2
        policies.maxQueued = 2
        policies.maxWorkers = 4
        return policies
    }()

    func post(_ event: Event, after delay: Duration) {
        pending.append(Pending(at: now + delay, event: event))
    }

    func newRequest() -> RequestNumber? {
        guard !random.chance(10) else { return nil }
        lastRequest += 1
        let request = RequestNumber(rawValue: lastRequest)
        finishes[request] = 0
        return request
    }

    func newProcess() -> ProcessIdentity {
        nextPid += 1
        return ProcessIdentity(pid: nextPid, startTime: UInt64(nextPid))
    }

    func index(of generation: GenerationNumber) -> Int? {
        // Numbers are given out in order, from 1.
        generation.rawValue <= generations.count ? generation.rawValue - 1 : nil
    }

    func index(of worker: WorkerNumber) -> Int? {
        processes.indices.first { processes[$0].worker == worker }
    }

    /// The process ends, and the machine hears of it later.
    func end(_ index: Int, _ end: WorkerEnd, after delay: Duration) {
        guard !processes[index].ending else { return }
        processes[index].ending = true
        post(.exited(processes[index].worker, end), after: delay)
    }

    /// Delivers an event, performs what it brings, and checks everything.
    func deliver(_ event: Event) throws(SimulationViolation) {
        let before = Before(machine)
        noteDelivery(of: event)
        let effects = machine.handle(event, at: now)
        writeDown(event.story, effects)
        let death = drawDeath(effects: effects.count)
        if death == .beforeSave { return try killMaster(death) }
        save(isUrgent: !effects.isEmpty)
        noteVerdicts(effects)
        coverage?.note(effects)
        try noteBirth()
        try noteWarmth(event, before: before)
        try noteStays(effects)
        noteGivenUpUndoing(since: before)
        try checkAnswer(to: event, effects, before: before)
        if try perform(effects, until: death) { return try killMaster(death) }
        try checkInvariants(after: event)
        try deliverObserved()
        try startAgain()
    }

    /// A later master orders a first start where there is nothing to go on with.
    func startAgain() throws(SimulationViolation) {
        guard life > 1, machine.phase == .running, machine.serving == nil, machine.deployment == nil else { return }
        try deliver(.deploy(newRequest(), plan(), .start, wait: false))
    }

    /// Puts the machine's state on disk. What has no effects is there with a later state, or never.
    func save(isUrgent: Bool = true) {
        // Where no master dies nobody reads it, and it takes its time.
        if deathRate > 0, isUrgent { saved = machine.durable }
        switch machine.phase {
        case .running: break
        case .stopping(let code), .ended(let code): stopCode = stopCode ?? code
        }
    }

    func writeDown(_ event: @autoclosure () -> String, _ effects: [Effect]) {
        guard trace != nil else { return }
        let time = (now.sinceBoot - .seconds(1_000)) / .milliseconds(1)
        let list = effects.map { "        \($0)" }.joined(separator: "\n")
        trace?.append("\(Int(time)) ms: \(event())\n\(list)")
    }
}

extension Event {
    /// The event in words that are the same each time: a dictionary's order is not.
    fileprivate var story: String {
        guard case .measured(let generation, let bytes) = self else { return "\(self)" }
        return "measured(\(generation), \(bytes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }))"
    }
}
