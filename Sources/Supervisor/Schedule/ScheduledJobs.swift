internal import DeployCore
internal import Linux

/// Whom scheduled jobs ask, and tell.
protocol ScheduledJobsHost: AnyObject {
    var machine: Machine { get }
    var releases: GenerationReleases { get }
    func name(_ generation: GenerationNumber) -> String
    /// Writes down what the next master needs; says why when that failed.
    func save(synchronously: Bool, ahead: Int) -> SystemError?
    /// To be called when the next master needs something else.
    func orderChanged()
}

/// Starts the jobs that have a schedule, and sees to their end: one process each, in a session of its own.
///
/// A part of the master, beside the machine: it owns the processes and the clock. ``JobBook`` decides. A run is written down before
/// its launch step becomes its program, and the launch step leaves a mark when it does, so that the next master neither starts one
/// twice nor takes one for done that never began.
final class ScheduledJobs {
    /// Until a run that could not be written down is tried again.
    private static let pause = Duration.seconds(10)

    private let loop: EventLoop
    private let log: MasterLog
    private let logs: GenerationLogs
    private let children: Children
    private let launcher: Launcher
    private let settings: CurrentSettings
    private let directory: StateDirectory
    private let timer: WallTimer
    private var book = JobBook()
    private var sessions: [String: ProcessSession] = [:]
    private var isStopping = false
    weak var host: (any ScheduledJobsHost)?

    init(
        _ workers: Workers, _ logs: GenerationLogs, _ launcher: Launcher, _ settings: CurrentSettings
    ) throws(SystemError) {
        loop = workers.loop
        log = workers.log
        directory = workers.directory
        children = workers.children
        self.logs = logs
        self.launcher = launcher
        self.settings = settings
        timer = try WallTimer()
        try loop.add(timer.number, .readable, Token(.clock))
    }

    /// The jobs as the next master needs them; nil: none.
    var saved: [ScheduledJob]? { book.jobs.isEmpty ? nil : book.jobs }
    /// The leaders of their sessions.
    var pids: Set<Int32> { Set(sessions.values.map(\.pid)) }
    var isIdle: Bool { book.isIdle }
    var nextDeadline: Instant? { book.nextDeadline }
    /// The names of those that run.
    var running: [String] { book.jobs.filter { $0.run != nil }.map(\.name) }
    /// The jobs as `status` tells them.
    var reports: [JobReport] {
        let moment = Self.moment()
        return book.jobs.map { JobReport($0, next: book.nextDue(of: $0.name), at: moment) }
    }

    private static func moment() -> JobMoment {
        JobMoment(wall: Int(WallClock.now().components.seconds), now: EventLoop.now())
    }

    private var grace: Duration { settings.configuration.policies.killGrace }
}

// The times.
extension ScheduledJobs {
    /// Has the jobs be those of the generation that is to have them now.
    func follow() {
        guard let host, !isStopping else { return }
        let machine = host.machine
        guard machine.phase == .running else { return }
        let holder = machine.deployment.jobHolder(serving: machine.serving)
        guard holder != book.holder else { return }
        let release = holder.flatMap { host.releases[$0] }
        // (A generation whose release is not known has none to begin.)
        book.follow(release == nil ? nil : holder, (release?.processes ?? []).compactMap(\.job), at: Self.moment())
        look()
    }

    /// The clock says that a moment has come, or was set.
    func clockTold() {
        timer.clear()
        look()
    }

    func expire(at now: Instant) {
        if let host, host.machine.phase != .running { stop() }
        if let due = nextDeadline, due <= now { look() }
    }

    private func look() {
        LocalTime.update()
        for effect in book.look(SystemCalendar(), grace: grace, at: Self.moment()) {
            switch effect {
            case .start(let name): start(name)
            case .skipped(let name):
                log.seldom("run \(name)", "\(name) is due, and its run before has not ended: skipped", .warning)
            case .terminate(let name):
                log("the run of \(name) is told to end: \(signal(of: name))", .warning)
                sessions[name]?.signal(signal(of: name))
            case .kill(let name): sessions[name]?.signal(.kill)
            }
        }
        do { try timer.set(book.nextDue) } catch { log.seldom("timer", "no timer for schedules: \(error)", .error) }
        host?.orderChanged()
    }

    private func signal(of name: String) -> Signal {
        let generation = sessions[name]?.generation
        let process = generation.flatMap { host?.releases[$0]?.process(name) }
        return Signal(rawValue: process?.drainSignal ?? Defaults.drainSignal.rawValue)
    }
}

// The runs.
extension ScheduledJobs {
    private func start(_ name: String) {
        guard let run = book[name]?.run, let release = host?.releases[run.generation],
            let process = release.process(name)
        else { return conclude(name, .notLaunched(reason: "its release is not known")) }
        do {
            try? Files.unlink(directory.runMark(name))
            let output = try logs.descriptor(
                of: run.generation, process: name, for: process.order.account?.gid)
            let session = try ProcessSession(run.generation, printingTo: output, serial: loop.nextSerial())
            book.spawned(name, session.identity)
            if let failure = host?.save(synchronously: true, ahead: 0) { return giveUp(name, session, failure) }
            try watch(session, name)
            try session.launch(
                launcher.complete(release.order(forRunOf: process, in: run.generation, due: run.due, directory)))
        } catch {
            if let session = sessions.removeValue(forKey: name) { abandon(session) }
            conclude(name, .notLaunched(reason: "\(error)"))
        }
    }

    private func watch(_ session: ProcessSession, _ name: String) throws(SystemError) {
        sessions[name] = session
        for (serial, process) in session.processes {
            try loop.add(process.process.number, .readable, Token(.run, serial))
        }
    }

    /// A run that cannot be written down is not begun: the next master might begin it once more.
    private func giveUp(_ name: String, _ session: ProcessSession, _ failure: SystemError) {
        log.seldom("run \(name)", "\(name) is due, and is not run: its run cannot be written down: \(failure)", .error)
        abandon(session)
        book.undo(name, until: EventLoop.now() + Self.pause)
    }

    /// Kills a session that nobody waits for, and has its processes reaped.
    private func abandon(_ session: ProcessSession) {
        session.signal(.kill)
        for process in session.processes.values {
            loop.remove(process.process.number)
            children.adopt(HelperProcess(adopting: process))
        }
    }

    /// A process of a run has ended.
    func ended(_ serial: UInt64) {
        guard let (name, session) = sessions.first(where: { $0.value.processes[serial] != nil }),
            let process = session.processes[serial]
        else { return }
        loop.remove(process.process.number)
        guard session.ended(serial, next: loop.nextSerial) else {
            try? watch(session, name)
            return
        }
        sessions[name] = nil
        conclude(name, session.end)
        look()
    }

    /// A run is over, or was never begun.
    private func conclude(_ name: String, _ end: WorkerEnd) {
        let mark = directory.runMark(name)
        defer { try? Files.unlink(mark) }
        // Of one that nobody saw end the mark alone says whether it began.
        if end == .unobserved, Files.kind(mark) == nil {
            log("\(name) was about to run when its master ended: it is run now")
            return book.undo(name)
        }
        let generation = book[name]?.run?.generation
        book.ended(name, end, at: Self.moment())
        guard let generation, case .failed(let reason)? = book[name]?.last.first?.outcome else { return }
        log.seldom("failed \(name)", "\(host?.name(generation) ?? ""): the run of \(name) \(reason)", .warning)
    }
}

// The beginning and the end of a master.
extension ScheduledJobs {
    /// Goes on with what an earlier master left.
    func begin(_ jobs: [ScheduledJob], isOfThisBoot: Bool) {
        book = JobBook(jobs)
        for job in jobs {
            guard let run = job.run else { continue }
            guard isOfThisBoot else {
                book.ended(job.name, .unobserved, at: Self.moment())
                continue
            }
            guard let identity = run.process else {
                book.undo(job.name)
                continue
            }
            if let session = ProcessSession(adopting: identity, of: run.generation, serial: loop.nextSerial) {
                log("the run of \(job.name) goes on (pid \(identity.pid))")
                try? watch(session, job.name)
            } else {
                conclude(job.name, identity.reaped() ?? .unobserved)
            }
        }
    }

    /// Begins none any more, and lets those that run go on for a while.
    func stop() {
        guard !isStopping else { return }
        isStopping = true
        let policies = settings.configuration.policies
        book.stop(within: min(policies.stopTimeout ?? Defaults.stopForRuns, Defaults.stopForRuns), at: EventLoop.now())
        look()
    }

    /// Ends all that run at once.
    func kill() {
        stop()
        for session in sessions.values { session.signal(.kill) }
    }
}

extension SavedState {
    /// A run that the clock has started lives.
    var hasRuns: Bool { (jobs ?? []).contains { $0.run?.process?.isPresent ?? false } }
}

extension ProcessIdentity {
    /// The end of a child that has not been reaped; nil: it is none, or it lives.
    fileprivate func reaped() -> WorkerEnd? {
        guard isPresent, let process = try? ProcessDescriptor(pid: pid), let status = try? process.reap() else {
            return nil
        }
        return WorkerEnd(status, launchFailure: nil)
    }
}
