import DeployCore

/// A process of the simulated machine, and how it will behave.
struct SimulationProcess {
    let worker: WorkerNumber
    let generation: GenerationNumber
    let slot: Slot
    let identity: ProcessIdentity
    let spawnedAt: Instant
    /// It said READY=1.
    var saidReady = false
    /// It is the release's program, not the launch step any more.
    var launched = false
    /// Until when it may drain.
    var drainUntil: Instant?
    /// What it was told when it was told to drain.
    var told: DrainDeadlines?
    /// It has said that no upgraded connection is left.
    var hasNothingLeft = false
    /// It is a launch step whose master died: it will exit by itself.
    var isOrphan = false
    /// A master that is no more had asked it to exit at once.
    var wasTerminated = false
    /// A master that is no more had decided to kill it.
    var isCondemned = false
    var terminatedAt: Instant?
    var killed = false
    /// Its end is on its way.
    var ending = false
    /// When its watchdog heard of it last.
    var heardAt: Instant?
    var behaviour = SimulationBehaviour()
}

/// What a process does, decided when it is launched.
struct SimulationBehaviour {
    /// When it says READY=1; nil: never.
    var readyAfter: Duration? = .zero
    var level = WorkerLevel.drains
    /// When it exits by itself; nil: it does not.
    var exitsAfter: Duration?
    /// It is ready, and answers nothing good.
    var lies = false
    /// When it says nothing to its watchdog any more; nil: never.
    var hangsAfter: Duration?
    /// It does not care for a drain.
    var ignoresDrain = false
    /// Only SIGKILL ends it.
    var ignoresTerminate = false

    init() {}

    /// A draw of a behaviour; the more trouble (percent), the worse.
    init(_ random: inout SimulationRandom, trouble: Int, announces: Bool) {
        readyAfter = announces ? random.delay(upTo: .milliseconds(800)) : nil
        level = random.chance(30) ? .notifies : .drains
        guard random.chance(trouble) else { return }
        switch random.number(below: 7) {
        case 0: exitsAfter = random.delay(upTo: .milliseconds(500))
        case 1: exitsAfter = random.delay(upTo: .seconds(4))
        case 2: readyAfter = nil
        case 3: lies = true
        case 4: ignoresDrain = true
        case 5: hangsAfter = random.delay(upTo: .seconds(3))
        default:
            ignoresDrain = true
            ignoresTerminate = true
        }
    }
}

/// A broken invariant.
struct SimulationViolation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What the world remembers of a generation, apart from the machine under test.
struct SimulationGeneration {
    let number: GenerationNumber
    let plan: ReleasePlan
    var predecessor: GenerationNumber?
    let wanted: Int
    /// Good answers to `save`.
    var saves = 0
    var hasLanes = false
    var lanesRequested = false
    var lanesReleased = false
    /// Good probes in a row, and whether they were ever enough.
    var probesInARow = 0
    var probed = false
    var probeInFlight = false
    /// Web workers that have said READY=1, and others by their kinds.
    var announced: Set<WorkerNumber> = []
    var announcedOthers: [String: Set<WorkerNumber>] = [:]
    var askInFlight = false
    /// Since when every look at the queue found it empty.
    var emptySince: Instant?
    var firstAsked: Instant?
    /// It lost all of its web workers while no master lived.
    var isDeserted = false
    /// Its lanes were lost with a master, and users may have entered them before it was its turn.
    var mayHaveUsers = false
    /// Its before hook did what it was meant to.
    var isPrepared = false
    /// The hooks that were launched.
    var hooksRun: Set<HookKind> = []
    var commits = 0
    var committed = false
    var records = 0
    /// Users may have met it.
    var steered = false
    /// Workers that it lost between the steering and the commit.
    var evidence: Set<WorkerNumber> = []
    /// Those of them that it lost while there was somebody to go back to.
    var guilt: Set<WorkerNumber> = []
    /// It lost workers together with its predecessor, so that there was nobody to go back to.
    var isExcused = false
    /// Since when a living master has watched it.
    var watchedSince: Instant?
    /// When the last master began its watch anew, since it found one.
    var watchResumed: Instant?
    /// What its workers have counted, and what they had when the watch first looked.
    var counted = TrafficCounts()
    var firstLook: TrafficCounts?
    /// Answers since then; nil: nobody counted at the last look.
    var answersSeen: Int?
    /// Its predecessor counts as well.
    var isCompared: Bool { number.rawValue.isMultiple(of: 3) }
    /// Its workers answer 5xx from now on.
    var isBad = false
    /// The watch has been shown that it is bad.
    var isConvicted = false
    /// The watch has been shown 5xx beside an old generation without any: a test decides, in its own time.
    var isSuspect = false
    /// The watch has been shown that it is bad, while there was somebody to go back to.
    var isGuilty = false
    /// When the watch looked last.
    var lastLook: Instant?
    /// The step of the canary that is steered, since when, and whether somebody has promoted it.
    var canaryStep: Int?
    var canarySince: Instant?
    var isPromoted = false
    /// Users were to go back, and could not: they all go to it, whatever the canary's step.
    var hasNoWayBack = false
    /// What waits in its lanes is passed on.
    var isEvacuated = false
    /// Probes of the watch that failed in a row.
    var failedProbes = 0
    /// Its own test is under way; tests that failed in a row.
    var testInFlight = false
    var failedTests = 0
    /// The life of the master in which its commit, or its record, was last asked for, from 1.
    var commitLife = 0
    var recordLife = 0
    /// It could not be recorded when that was tried last.
    var commitFailed = false
    /// A master that is no more had decided to commit it.
    var commitWasOrdered = false

    /// The verb that brought it about was `rollback`.
    var isRollBack = false
    /// A deploy goes, or went, back to it while it was warm.
    var isReturn = false
    /// It is to stay warm until then, unless another deploy begins.
    var keptUntil: Instant?

    /// By the world's own book-keeping, it may meet users from now on.
    var isProven = false

    /// A master begins to watch it. A verdict that was saved would have ended the watch: one that was not has died with
    /// the master before.
    mutating func beginWatch(at now: Instant) {
        isConvicted = false
        isSuspect = false
        isGuilty = false
        watchedSince = now
        firstLook = nil
        answersSeen = nil
        lastLook = nil
        failedProbes = 0
        failedTests = 0
    }

    /// A deploy goes back to it: what is known of the deploy that brought it about counts no more.
    mutating func returns(over predecessor: GenerationNumber?) {
        self.predecessor = predecessor
        (isReturn, steered, committed, commitFailed, commitWasOrdered) = (true, false, false, false, false)
        (commits, records, commitLife, recordLife) = (0, 0, 0, 0)
        (evidence, guilt, hooksRun) = ([], [], [])
        (isConvicted, isGuilty, isExcused, isPromoted, hasNoWayBack) = (false, false, false, false, false)
        (canaryStep, canarySince, watchedSince, keptUntil) = (nil, nil, nil, nil)
    }

    /// It has lost a worker on its way to the commit. Once for each: a watchdog's verdict comes before the exit.
    mutating func lose(_ worker: WorkerNumber, hasWayBack: Bool) {
        guard steered, commits == 0, evidence.insert(worker).inserted, hasWayBack else { return }
        guilt.insert(worker)
    }

    /// The watch was shown that it is bad.
    mutating func convict(hasWayBack: Bool) {
        isConvicted = true
        if hasWayBack { isGuilty = true }
    }

    private func isReady(_ process: ProcessPlan) -> Bool {
        // (It has none before its commit.)
        if process.isExclusive == true { return true }
        let said = announcedOthers[process.name]?.count ?? 0
        return switch process.readiness {
        case .notify: said >= process.workers
        case .auto: said == 0 || said >= process.workers
        case .none: true
        }
    }

    /// Whether others of the generation may connect to the process in this place.
    func isUpstream(_ slot: Slot) -> Bool {
        plan.processes.contains { $0.name == slot.process && $0.isUpstream }
    }

    /// How long the process in this place may be silent; nil: as long as it likes.
    func watchdog(of slot: Slot) -> Duration? {
        guard let name = slot.process else { return plan.overrides.watchdog }
        return plan.processes.first { $0.name == name }?.watchdog
    }

    mutating func judge() {
        let allSaidSo = announced.count >= wanted
        guard plan.processes.allSatisfy(isReady) else { return }
        switch plan.readiness {
        case .notify: isProven = isProven || allSaidSo
        case .both: isProven = isProven || (allSaidSo && probed)
        case .auto: isProven = isProven || (probed && (announced.isEmpty || allSaidSo))
        case .probe: isProven = isProven || probed
        }
    }
}
