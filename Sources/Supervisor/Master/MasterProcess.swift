internal import DeployCore
internal import Linux

/// The verb `start`: becomes the master of a state directory, and returns when it has ended.
package enum MasterProcess {
    /// Serves `release` (absolute; nil: what served last, else the configured first one) until it is told to stop.
    ///
    /// Call it in a process with one thread: it blocks signals, and takes them by descriptor.
    ///
    /// - Returns: the exit code. What went wrong has been said on standard error.
    ///
    /// - Parameter purpose: to serve, or to end what a master left that is no more.
    package static func run(
        _ configuration: Configuration, _ surroundings: Surroundings, release: String?, purpose: Purpose = .serve
    ) -> Int32 {
        do {
            // The first process of a container is the parent of all orphans, and hears of their end by SIGCHLD.
            let orphans: [Signal] = ThisProcess.pid == 1 ? [.chld] : []
            let signals = try SignalDescriptor([.term, .int, .hup, .usr1, .usr2] + orphans)
            Signal.ignorePipe()
            Signal.ignoreFileSizeLimit()
            Signal.ignoreTerminalOutput()
            let bequest = Bequest.take()
            // Many programs take their own limit for a size; so children get what this process was started with.
            let files = bequest?["files"].flatMap { UInt64($0) } ?? (try? ResourceLimit.files.current().soft)
            try? ResourceLimit.files.raise()
            let inherited = InheritedSockets(surroundings)
            try closeOnExec(from: 3)
            StandardError.neverWait()
            let directory = StateDirectory(configuration)
            let untrusted = Check.trustProblems(
                configuration, file: configuration.shownFile(surroundings), surroundings)
            guard untrusted.isEmpty else { throw ProblemsFound(untrusted) }
            if bequest == nil, let copy = CopiedState(in: directory) { throw ProblemsFound([copy.problem]) }
            if bequest == nil, purpose == .serve {
                try refuse(configuration, surroundings, directory, release, inherited)
            }
            let made = try directory.make()
            var hasBegun = false
            defer { if !hasBegun { directory.unmake(made) } }
            guard let lock = try lock(directory.lock, bequest) else {
                StandardError.line("deployd: start: \(surroundings.advice.completed(otherMaster(directory)))")
                return 1
            }
            // On a full disk the kernel still tells who holds it.
            try? lock.sign(LockHolder.signature)
            if case .end(let atOnce) = purpose {
                return try end(configuration, surroundings, directory, inherited, signals, lock, atOnce: atOnce)
            }
            do {
                let code = try serve(
                    configuration, surroundings, directory, release, inherited, signals, bequest, lock, files)
                hasBegun = true
                if code == 1 { StartPause.wait(directory, surroundings, signals) }
                return code
            } catch let problems as ProblemsFound {
                complain(problems, configuration, surroundings)
                // Where workers serve on, the service manager is to try again: mended, the start goes on with them.
                guard isServed(directory) else { return misconfigured }
                StartPause.wait(directory, surroundings, signals)
            }
        } catch let problems as ProblemsFound {
            complain(problems, configuration, surroundings)
            return isServed(StateDirectory(configuration)) ? 1 : misconfigured
        } catch {
            StandardError.line("deployd: start: \(error)")
        }
        return 1
    }

    /// What a master is for.
    package enum Purpose: Equatable, Sendable {
        /// Serves until it is told to stop.
        case serve
        /// Goes on where the last one was killed, and stops.
        case end(atOnce: Bool)
    }

    /// What must be changed by a person before a start can succeed. Source: sysexits.h, EX_CONFIG.
    private static let misconfigured: Int32 = 78

    private static func otherMaster(_ directory: StateDirectory) -> String {
        let holder = LockHolder.find(directory.lock)
        let who = holder.map { "another master (pid \($0)) runs" } ?? "another master runs"
        let isReached = (try? ControlClient(to: directory.control)) != nil
        let advice =
            isReached
            ? (isStopping(directory)
                ? "it is stopping already: when it is gone, `deployd start` serves again; `deployd status` shows what it waits "
                    + "for, `deployd stop --now` does not wait"
                : "`deployd status` shows it, `deployd stop` ends it")
            : "nothing answers at \(directory.control): "
                + (holder.map { "`kill -HUP \($0)` makes it create that socket again" }
                    ?? "`lsof \(ShellWord.quoted(directory.lock))` names it")
        return "\(who) with the state directory \(directory.root); \(advice)"
    }

    /// Whether the master that runs has been told to stop, by what it wrote down: it may be the one that hangs.
    private static func isStopping(_ directory: StateDirectory) -> Bool {
        (try? read(directory))?.machine.isStopping ?? false
    }

    /// Refuses what `deployd check` finds, before anything is changed: what cannot become a master leaves nothing behind.
    private static func refuse(
        _ configuration: Configuration, _ surroundings: Surroundings, _ directory: StateDirectory, _ release: String?,
        _ inherited: InheritedSockets
    ) throws {
        let state = StateCheck.problems(configuration, file: configuration.shownFile(surroundings))
        guard state.isEmpty else { throw ProblemsFound(state) }
        // Where a master was before, what it left is looked at first.
        guard Files.kind(directory.lock) == nil else { return }
        let history = try History.load(stateDirectory: directory.root)
        let chosen = try StartRelease.choose(named: release, history: history, configuration: configuration)
        // Addresses whose sockets were handed in are not tried, nor those that a keeper may have which a start ends.
        let isHandedIn =
            !inherited.units.isEmpty || !inherited.lanes.isEmpty || !OrphanKeepers(of: directory).isEmpty
        let problems =
            Check.machineProblems(configuration, surroundings, masterRuns: false, held: isHandedIn ? nil : [])
            + Check.releaseProblems(chosen.path, configuration, surroundings, masterRuns: false).problems
        guard problems.isEmpty else { throw ProblemsFound(problems) }
    }

    private static func complain(
        _ problems: ProblemsFound, _ configuration: Configuration, _ surroundings: Surroundings
    ) {
        for problem in problems.problems {
            StandardError.line("deployd: \(surroundings.advice.completed("\(problem)"))")
        }
        if let note = configuration.defaultsNote(surroundings) { StandardError.line("note: \(note)", .information) }
    }

    /// Whether workers of an earlier master serve on: mended, a start goes on with them.
    private static func isServed(_ directory: StateDirectory) -> Bool {
        guard let saved = try? read(directory), saved.isOfThisBoot else { return false }
        return !Succession(saved).survivors.isEmpty
    }

    /// How long a master that was just killed may take to vanish.
    private static let patience = Duration.seconds(2)

    /// The program that runs, as it was named: a path that a newer one may lie at by now.
    static func program(_ surroundings: Surroundings) -> String {
        let word = CommandLine.arguments.first ?? ""
        if word.contains("/") { return Paths.join(surroundings.workingDirectory, word) }
        let folders = (surroundings.environment["PATH"] ?? Defaults.searchPath).split(separator: ":")
        let found = folders.map { Paths.join(String($0), word) }.first { Files.isExecutable($0) }
        return found ?? (try? ThisProcess.executable()) ?? word
    }

    private static func lock(_ path: String, _ bequest: Bequest?) throws(SystemError) -> FileLock? {
        if let file = bequest?.take(Bequest.Name.lock) { return FileLock(adopting: file) }
        let deadline = MonotonicClock.now() + patience
        while true {
            if let lock = try FileLock.acquire(path) { return lock }
            guard MonotonicClock.now() < deadline else { return nil }
            _ = try Poll.readable(anyOf: [], timeout: .milliseconds(20))
        }
    }

    private static func serve(
        _ configuration: Configuration, _ surroundings: Surroundings, _ directory: StateDirectory, _ release: String?,
        _ inherited: InheritedSockets, _ signals: borrowing SignalDescriptor, _ bequest: Bequest?,
        _ lock: consuming FileLock, _ softFiles: UInt64?
    ) throws -> Int32 {
        let saved: SavedState?
        do { saved = try readOrSetAside(directory) } catch {
            let holders = LaneHolders(of: configuration)
            throw ProblemsFound(error.problems.map { $0.advising(on: holders, directory.stateFile) })
        }
        let store = DescriptorStore(surroundings, holding: inherited.stale.union(inherited.lanes.map(\.name)))
        let keeper = LaneKeeper(at: directory.keeper, store: store)
        let survivors = saved.flatMap { $0.isOfThisBoot ? Succession($0) : nil }
        var kept = keeper.recover(stored: inherited.lanes)
        let lanesWereLost = keeper.number == nil && bequest == nil
        let orphans = bequest == nil ? keeper.orphans(of: directory) : OrphanKeepers()
        // (What only they hold leaves the group when they end.)
        let usersMayBeAnywhere = survivors != nil && directory.notesLostLanes(lanesWereLost || !orphans.isEmpty)
        if let survivors, lanesWereLost {
            let held = WorkerSockets(survivors, directory, besides: Set(kept.map(\.name)))
            if let problem = held.problem(survivors, directory) { throw ProblemsFound([problem]) }
            kept += held.found
        }
        var left = saved.map { Succession.lanes(kept, $0, bequest) } ?? [:]
        let handoversLeft = left.removeValue(forKey: HandoverSockets.keptName)?.sockets ?? [:]
        let socketsLeft = ProcessSockets.take(from: &left)
        let succession = survivors.flatMap { $0.isPossible(with: left) ? $0 : nil }
        let history = try History.load(stateDirectory: directory.root)
        let chosen = try chooseRelease(release, history, configuration, isSucceeding: succession != nil)
        let path = chosen.path
        if succession == nil {
            // A mistake in the release is told before the address is taken, and what lies at it before it is touched.
            // (Addresses at which sockets are left or were handed in are not free, and ours.)
            let mayTry = bequest == nil && kept.isEmpty && inherited.units.isEmpty && inherited.lanes.isEmpty
            // (What an orphan alone has is free when that is ended; it is not before the start can go ahead.)
            let orphaned = configuration.listeners.map(\.address).filter { orphans.areAlone(at: $0, directory) }
            let problems =
                Check.machineProblems(configuration, surroundings, masterRuns: false, held: mayTry ? orphaned : nil)
                + Check.releaseProblems(path, configuration, surroundings, masterRuns: false).problems
            guard problems.isEmpty else { throw ProblemsFound(problems) }
            // What nobody goes on with must not stand in the way of the new lanes.
            for (_, socket) in kept + inherited.lanes { socket.close() }
            keeper.dismiss()
            if let saved, saved.isOfThisBoot, let hook = saved.machine.deployment?.hook {
                HookRemains.end(hook, within: configuration.policies.killGrace)
            }
        }
        orphans.end("start")
        let handovers = HandoverSockets(directory, keeper: keeper)
        handovers.recover(succession == nil ? [:] : handoversLeft)
        let processSockets = ProcessSockets(directory, keeper: keeper)
        processSockets.recover(socketsLeft, living: succession?.generations ?? [])
        let listeners: [any Listener]
        do { listeners = try open(configuration, keeper, succession == nil ? [:] : left, inherited) } catch {
            // A keeper of a start that failed would hold the addresses that did open.
            if succession == nil { keeper.dismiss() }
            throw error
        }
        keeper.dropOthers()
        // What came twice, or was not wanted.
        for (_, socket) in kept + inherited.lanes { socket.close() }
        for (_, socket) in inherited.units { socket.close() }
        let loop = try EventLoop()
        let access = ControlAccess(
            owner: ThisProcess.uid, group: configuration.controlGroup.flatMap { GroupAccount.find($0) })
        let control = try control(at: directory.control, access, bequest, loop)
        let master = try Master(
            configuration: configuration, surroundings: surroundings, directory: directory, history: history,
            listeners: listeners, keeper: keeper, handovers: handovers, processSockets: processSockets,
            numbering: saved?.machine.numbering ?? history.numbering, control: control, loop: loop, lock: lock)
        master.launcher.softFiles = softFiles
        if bequest != nil { keeper.replace() }
        if let saved, !saved.isOfThisBoot { master.recordLost(saved) }
        if let succession {
            master.resume(succession, bequest, usersMayBeAnywhere: usersMayBeAnywhere)
        } else {
            master.forgetOthers([])
            try? Files.unlink(directory.lostLanes)
        }
        if let bequest { master.takeUp(bequest) }
        master.startRelease = path
        if succession == nil || master.isIdle {
            master.startNotes = chosen.notes
            for note in chosen.notes { master.log(note, .warning) }
            try master.begin(path)
        }
        let code = try master.run(signals)
        guard !master.isLeaving else { return code }
        // Its own workers had their time. Others would keep the addresses from the next master.
        endStrays(master.listeners.holders(directory), within: configuration.policies.killGrace)
        keeper.orphans(of: directory).end("stop")
        close(master)
        return code
    }

    /// What nobody goes on with.
    static func close(_ master: Master) {
        master.listeners.close()
        master.keeper.dismiss()
        try? Files.unlink(master.directory.keeper)
        try? Files.unlink(master.directory.control)
    }

    /// What is started if nothing serves. Where something does, no release of the history is needed.
    private static func chooseRelease(
        _ named: String?, _ history: History, _ configuration: Configuration, isSucceeding: Bool
    ) throws(ProblemsFound) -> StartRelease {
        do {
            return try StartRelease.choose(named: named, history: history, configuration: configuration)
        } catch {
            guard isSucceeding else { throw error }
            return StartRelease(path: history.committedReleases.last ?? configuration.initialRelease, notes: [])
        }
    }

    static func control(
        at path: String, _ access: ControlAccess, _ bequest: Bequest?, _ loop: EventLoop
    ) throws(SystemError) -> ControlServer {
        let token = Token(.control).number
        guard let listener = bequest?.take(Bequest.Name.control) else {
            return try ControlServer(at: path, access: access, baseToken: token, on: loop.epoll)
        }
        return try ControlServer(adopting: Socket(adopting: listener), access: access, baseToken: token, on: loop.epoll)
    }

    /// The same; but what was written before this boot and cannot be read any more, as a power cut leaves it, is moved
    /// away: no process and no deadline of it can matter, and the numbers go on behind those of the history.
    static func readOrSetAside(_ directory: StateDirectory) throws(ProblemsFound) -> SavedState? {
        do { return try read(directory) } catch {
            let path = directory.stateFile
            let bootedAt = WallClock.now() - MonotonicClock.sinceBoot()
            guard let status = try? Files.status(path), status.modified < bootedAt else { throw error }
            let aside = "\(path).unreadable"
            guard (try? Files.rename(path, to: aside)) != nil else { throw error }
            StandardError.line(
                "deployd: start: \(path) cannot be read (\(status.size) bytes, written before the machine started): it is "
                    + "now \(aside), and the history says what is served", .warning)
            return nil
        }
    }

    /// What an earlier master of this directory wrote down; nil when there was none. Of what another directory's did, which
    /// was copied here, only the numbers count.
    static func read(_ directory: StateDirectory) throws(ProblemsFound) -> SavedState? {
        do throws(StateFileError) {
            let saved = try StateFile(path: directory.stateFile).read()
            return saved.map { $0.origin(in: directory) == .own ? $0 : $0.disowned }
        } catch {
            throw ProblemsFound([
                Problem(
                    file: directory.stateFile, found: error.reason, expected: "what a deployd of this version wrote",
                    advice: "to start from scratch, stop its workers and move the file away")
            ])
        }
    }

    static func open(
        _ configuration: Configuration, _ keeper: LaneKeeper, _ left: [String: LeftLanes],
        _ inherited: InheritedSockets
    ) throws(ProblemsFound) -> [any Listener] {
        let problems = inherited.strangers(to: configuration)
        guard problems.isEmpty else { throw ProblemsFound(problems) }
        var listeners: [any Listener] = []
        for setting in configuration.listeners {
            do {
                listeners.append(
                    try makeListener(
                        setting, isV6Only: configuration.isV6Only(setting), keeper: keeper, left: left[setting.name],
                        handedIn: inherited.unit(at: setting.address)))
            } catch {
                throw ProblemsFound([Problem(listener: setting, error, in: configuration)])
            }
        }
        return listeners
    }
}

extension Problem {
    /// Why a listener cannot be opened.
    init(listener: ListenerSetting, _ error: SystemError, in configuration: Configuration) {
        let place = configuration.listeners.firstIndex(of: listener).map { "[\($0)]" } ?? ""
        self.init(
            file: configuration.file ?? "", keyPath: "listen\(place)", found: "\(listener.address): \(error.errno)",
            expected: "an address that this user may use and nobody else listens on",
            advice: AddressCheck.advice(on: error.errno, listener.address, StateDirectory(configuration)))
    }

    /// A state that cannot be read, told with who still serves.
    fileprivate func advising(on holders: LaneHolders, _ path: String) -> Problem {
        var problem = self
        let workers = holders.workers
        let strangers = holders.strangers
        // (The pids of another deployd are a live site's.)
        let others = holders.otherDeployds.map { "\($0.description): \($0.remedy); then " }.first
        let command = "mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".unreadable"))"
        let before =
            strangers.isEmpty
            ? "nothing of it runs: " : "its address is held by \(others ?? "\(strangers.names): stop that, then ")"
        problem.advice =
            workers.isEmpty
            ? before + "`\(command)`, and `deployd start` uses the history"
            : "its workers serve on (\(workers.names)): `deployd stop` ends them and moves the file away, and "
                + "`deployd start` then uses the history"
        return problem
    }
}

extension History {
    /// The numbers that follow those of the history, for a state directory whose state file is gone.
    var numbering: Numbering {
        Numbering(nextGeneration: GenerationNumber(rawValue: (records.map(\.generation).max() ?? 0) + 1))
    }
}

extension Master {
    /// Whether nothing serves and nothing is on the way to.
    var isIdle: Bool { machine.serving == nil && machine.deployment == nil && machine.phase == .running }

    /// After a first start that died with its master, and whose hook had to be ended first, another is ordered.
    func beginAgainIfIdle() {
        guard let path = startRelease, isIdle else { return }
        startRelease = nil
        do { try begin(path) } catch {
            for problem in error.problems { log("\(problem)", .error) }
            exitCode = 1
        }
    }

    /// Orders the first generation.
    func begin(_ path: String) throws(ProblemsFound) {
        var release = try prepare(path)
        for warning in release.warnings { log(warning, .warning) }
        // What was committed last is no new release: nothing is to be prepared for it.
        if history.committedReleases.last == release.plan.path { release.plan.hooks.before = nil }
        log("master \(ThisProcess.pid) starts \(release.runnable.path), state in \(directory.root)")
        let who = HistoryRecord.Who(uid: ThisProcess.uid, pid: ThisProcess.pid)
        let request = requests.add(
            RequestDesk.Pending(
                client: nil, who: who, verb: .restart, askedAt: Self.now(), release: release.runnable, deadline: nil))
        feed(.deploy(request, release.plan, .start, wait: false))
    }
}
