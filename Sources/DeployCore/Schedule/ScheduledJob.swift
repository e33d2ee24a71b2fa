/// A job that is started by the clock, as its release has it.
package struct JobPlan: Equatable, Codable, Sendable {
    package let name: String
    /// As it was written; see ``Schedule``.
    package let schedule: String
    /// The longest time that a run may take.
    package let limit: Duration
    /// The longest time that a run may go on once its release does not serve any more.
    package let drain: Duration

    package init(name: String, schedule: String, limit: Duration, drain: Duration) {
        self.name = name
        self.schedule = schedule
        self.limit = limit
        self.drain = drain
    }
}

/// A job's plan, and its times as they are reckoned with.
struct PlannedJob {
    let plan: JobPlan
    let schedule: Schedule
}

/// A moment by both clocks.
package struct JobMoment: Equatable, Sendable {
    /// Seconds since 1970-01-01 UTC.
    package let wall: Int
    package let now: Instant

    package init(wall: Int, now: Instant) {
        self.wall = wall
        self.now = now
    }
}

/// A run of a job, from the start of its process to its end.
package struct JobRun: Equatable, Codable, Sendable {
    package let generation: GenerationNumber
    /// The moment for which it was started, in seconds since 1970 as all of these.
    package let due: Int
    package let started: Int
    /// Up to when the job had been seen to before: counts again if it turns out that nothing was run.
    let before: Int
    /// See ``JobPlan``.
    let limit: Duration
    let drain: Duration
    /// Nil until there is one.
    package fileprivate(set) var process: ProcessIdentity?
    /// The time at which it is told to end.
    fileprivate(set) var deadline: Instant
    /// Why then.
    fileprivate(set) var cut = JobCut.limit
    /// It was told to end, and is killed then.
    fileprivate(set) var killAt: Instant?
}

/// Why a run is told to end.
package enum JobCut: String, Equatable, Codable, Sendable {
    /// It has taken as long as it may.
    case limit
    /// Another release serves.
    case release
    case stop
}

/// The outcome of a run, or of a moment at which there was none.
package struct JobResult: Equatable, Codable, Sendable {
    package enum Outcome: Equatable, Codable, Sendable {
        case succeeded
        /// In words that follow the job's name: "exited with code 1".
        case failed(String)
        /// It ended while no master was there to see how.
        case unseen
        /// The run before had not ended yet.
        case skipped
    }

    /// Nil for a moment without a run.
    package let generation: GenerationNumber?
    /// The moment for which it was started, in seconds since 1970 as all of these.
    package var due: Int
    package let started: Int
    /// In seconds; nil: not known, or not run.
    package let took: Int?
    package let outcome: Outcome
    /// So many times one after the other.
    package var times: Int
}

/// A job that is started by the clock: what the next master must know of it.
package struct ScheduledJob: Equatable, Codable, Sendable {
    /// So many results are kept.
    package static let results = 5
    /// A clock that was put back by more was wrong before: what it shows now counts. Source: cron(8), which says three hours.
    private static let longestStep = 3 * 3600
    /// A clock may be corrected by a moment without a time's coming twice.
    private static let shortestStep = 60

    package let name: String
    /// As the release wrote it that had it last.
    package private(set) var schedule: String
    /// Moments up to this one are seen to.
    package private(set) var settled: Int
    package private(set) var run: JobRun?
    /// The newest first.
    package private(set) var last: [JobResult] = []
    /// Nothing is started before.
    package private(set) var pausedUntil: Instant?

    init(_ plan: JobPlan, at moment: JobMoment) {
        name = plan.name
        schedule = plan.schedule
        settled = moment.wall
    }

    /// A release has it that says other times: those that passed are not made up for.
    mutating func follow(_ plan: JobPlan, at moment: JobMoment) {
        guard plan.schedule != schedule else { return }
        schedule = plan.schedule
        settled = moment.wall
    }

    /// The next moment at which something is to be done for it.
    func next(_ schedule: Schedule, in calendar: some LocalCalendar) -> Int? {
        schedule.next(after: settled, in: calendar)
    }

    /// Sees to the moments that have passed: all of them together are one run, if none is under way.
    ///
    /// - Returns: whether a run is to be started.
    mutating func begin(
        _ planned: PlannedJob, of generation: GenerationNumber, in calendar: some LocalCalendar, at moment: JobMoment
    ) -> Bool {
        let (plan, schedule) = (planned.plan, planned.schedule)
        if let pausedUntil, moment.now < pausedUntil { return false }
        pausedUntil = nil
        if settled > moment.wall + (schedule.isFrequent ? Self.shortestStep : Self.longestStep) {
            settled = moment.wall
        }
        guard let due = schedule.last(after: settled, until: moment.wall, in: calendar) else { return false }
        let before = settled
        settled = due
        guard run == nil else {
            note(JobResult(generation: nil, due: due, started: moment.wall, took: nil, outcome: .skipped, times: 1))
            return false
        }
        run = JobRun(
            generation: generation, due: due, started: moment.wall, before: before, limit: plan.limit,
            drain: plan.drain,
            deadline: moment.now + plan.limit)
        return true
    }

    mutating func spawned(_ process: ProcessIdentity) { run?.process = process }

    /// The run has ended, or could not be started.
    mutating func ended(_ end: WorkerEnd, at moment: JobMoment) {
        guard let run = run.take() else { return }
        let outcome: JobResult.Outcome =
            switch (run.killAt.map { _ in run.cut }, end) {
            case (.limit, _): .failed("did not end within \(run.limit.text), and was terminated")
            case (.release, _): .failed("was terminated: its release serves no longer")
            case (.stop, _): .failed("was terminated by a stop")
            case (nil, .exited(code: 0)): .succeeded
            case (nil, .unobserved): .unseen
            case (nil, _): .failed("\(end)")
            }
        let took = outcome == .unseen ? nil : max(0, moment.wall - run.started)
        note(
            JobResult(
                generation: run.generation, due: run.due, started: run.started, took: took, outcome: outcome, times: 1))
    }

    /// Nothing was run, and the moment counts again: at once, or after a pause.
    mutating func undo(until pause: Instant? = nil) {
        guard let run = run.take() else { return }
        settled = min(settled, run.before)
        pausedUntil = pause
    }

    private mutating func note(_ result: JobResult) {
        if let newest = last.first, newest.outcome == .skipped, result.outcome == .skipped {
            last[0].times += 1
            last[0].due = result.due
        } else {
            last = Array(([result] + last).prefix(Self.results))
        }
    }
}

// The end of a run that does not come by itself.
extension ScheduledJob {
    /// Lets a run go on for so long at most, and not for longer than its release says.
    mutating func drain(_ most: Duration, because cut: JobCut, at now: Instant) {
        guard let run, run.killAt == nil else { return }
        let deadline = now + min(run.drain, most)
        guard deadline < run.deadline else { return }
        self.run?.deadline = deadline
        self.run?.cut = cut
    }

    var nextDeadline: Instant? { pausedUntil.earlier(run.map { $0.killAt ?? $0.deadline }) }

    /// The signal that is due.
    mutating func signal(grace: Duration, at now: Instant) -> JobEffect? {
        guard let run else { return nil }
        if let killAt = run.killAt {
            guard killAt <= now else { return nil }
            self.run?.killAt = now + Self.killInterval
            return .kill(name)
        }
        guard run.deadline <= now else { return nil }
        self.run?.killAt = now + grace
        return .terminate(name)
    }

    /// A run that does not die of it is killed again after this time.
    private static let killInterval = Duration.seconds(1)
}
