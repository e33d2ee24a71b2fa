/// A step to be taken for a job.
package enum JobEffect: Equatable, Sendable {
    /// Begin the run that the job has.
    case start(String)
    /// Ask its run to end.
    case terminate(String)
    case kill(String)
    /// The moment has passed without a run: the one before still goes on.
    case skipped(String)
}

/// The jobs that are started by the clock, and which generation has them: the one that serves, but during a deploy the one that
/// served before it, until the commit. So a release that is only watched starts none, and a roll-back within the watch has
/// nothing to take back.
///
/// Time is an argument, and so is the time zone; what follows is returned. A job is known by its name: the release that comes
/// goes on where the one before it was, and no two runs of a name are under way, whatever releases they are of.
package struct JobBook {
    /// In the order of their names.
    package private(set) var jobs: [ScheduledJob]
    package private(set) var holder: GenerationNumber?
    private var plans: [String: PlannedJob] = [:]
    private var isStopping = false
    /// The next moments of jobs that have one, as of the last look.
    private var dues: [String: Int] = [:]

    /// Goes on with what an earlier master knew, if there was one.
    package init(_ jobs: [ScheduledJob] = []) { self.jobs = jobs }

    package subscript(_ name: String) -> ScheduledJob? { jobs.first { $0.name == name } }

    /// No run is under way.
    package var isIdle: Bool { jobs.allSatisfy { $0.run == nil } }

    /// The time at which a run is to be told to end, or one that could not be begun is tried again.
    package var nextDeadline: Instant? {
        jobs.reduce(nil) { earliest, job in
            // (A pause is over for nobody who starts none.)
            isStopping && job.run == nil ? earliest : earliest.earlier(job.nextDeadline)
        }
    }

    /// The next moment for which a run is to be started, in seconds since 1970.
    package var nextDue: Int? { isStopping ? nil : dues.values.min() }

    /// The next moment of a job; nil: it has none, since no release that serves has it.
    package func nextDue(of name: String) -> Int? { isStopping ? nil : dues[name] }

    /// Has jobs be those of a generation.
    ///
    /// - Parameter holder: nil: none yet, or not known. Nothing is begun, and nothing forgotten.
    package mutating func follow(_ holder: GenerationNumber?, _ plans: [JobPlan], at moment: JobMoment) {
        guard holder != self.holder else { return }
        self.holder = holder
        guard let holder else { return }
        self.plans = [:]
        for plan in plans {
            guard let schedule = try? Schedule(parsing: plan.schedule) else { continue }
            self.plans[plan.name] = PlannedJob(plan: plan, schedule: schedule)
            if let index = jobs.firstIndex(where: { $0.name == plan.name }) {
                jobs[index].follow(plan, at: moment)
            } else {
                jobs.append(ScheduledJob(plan, at: moment))
            }
        }
        for index in jobs.indices where jobs[index].run.map({ $0.generation != holder }) ?? false {
            jobs[index].drain(.seconds(Int64.max / 4), because: .release, at: moment.now)
        }
        sweep()
    }

    /// Does what is due.
    ///
    /// - Parameter grace: from asking a run to end to killing it.
    package mutating func look(
        _ calendar: some LocalCalendar, grace: Duration, at moment: JobMoment
    ) -> [JobEffect] {
        var effects = jobs.indices.compactMap { jobs[$0].signal(grace: grace, at: moment.now) }
        dues = [:]
        guard let holder, !isStopping else { return effects }
        for index in jobs.indices {
            guard let planned = plans[jobs[index].name] else { continue }
            let before = jobs[index].settled
            if jobs[index].begin(planned, of: holder, in: calendar, at: moment) {
                effects.append(.start(planned.plan.name))
            } else if jobs[index].settled > before, jobs[index].run != nil {
                effects.append(.skipped(planned.plan.name))
            }
            if jobs[index].pausedUntil == nil {
                dues[planned.plan.name] = jobs[index].next(planned.schedule, in: calendar)
            }
        }
        return effects
    }

    /// A run has its process.
    package mutating func spawned(_ name: String, _ process: ProcessIdentity) { change(name) { $0.spawned(process) } }

    /// A run has ended, or could not be started.
    package mutating func ended(_ name: String, _ end: WorkerEnd, at moment: JobMoment) {
        change(name) { $0.ended(end, at: moment) }
        sweep()
    }

    /// A run was never begun: its moment counts again, after `pause`.
    package mutating func undo(_ name: String, until pause: Instant? = nil) {
        change(name) { $0.undo(until: pause) }
        sweep()
    }

    /// Starts none any more. Runs may go on for so long at most.
    package mutating func stop(within most: Duration, at now: Instant) {
        isStopping = true
        dues = [:]
        for index in jobs.indices { jobs[index].drain(most, because: .stop, at: now) }
    }

    private mutating func change(_ name: String, _ body: (inout ScheduledJob) -> Void) {
        guard let index = jobs.firstIndex(where: { $0.name == name }) else { return }
        body(&jobs[index])
    }

    /// Forgets jobs that the release has no longer, once their last run is over.
    private mutating func sweep() {
        guard holder != nil else { return }
        jobs = jobs.filter { plans[$0.name] != nil || $0.run != nil }.sorted { $0.name < $1.name }
    }
}
