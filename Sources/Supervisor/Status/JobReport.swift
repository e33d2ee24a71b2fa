internal import DeployCore
internal import Linux

/// A job that is started by the clock.
package struct JobReport: Codable, Equatable, Sendable {
    package var name: String
    /// As the release has it: "30 2 * * *".
    package var schedule: String
    /// RFC 3339, UTC; absent: the release that serves has it no longer.
    package var next: String?
    package var nextSeconds: Int?
    /// Absent while none is under way.
    package var run: Run?
    /// The newest first; five at most.
    package var last: [Result]

    /// A run that is under way.
    package struct Run: Codable, Equatable, Sendable {
        package var generation: Int
        package var pid: Int?
        package var seconds: Int
    }

    /// The outcome of a run, or of moments without one.
    package struct Result: Codable, Equatable, Sendable {
        /// "succeeded", "failed", "unseen" (nobody was there to see how it ended), "skipped" (the run before had not ended).
        package var outcome: String
        /// The moment for which it was started: RFC 3339, UTC.
        package var due: String
        package var secondsAgo: Int
        /// Absent where it is not known, and of a moment that was skipped.
        package var seconds: Int?
        package var generation: Int?
        /// Why it failed.
        package var reason: String?
        /// Of moments that were skipped one after the other: how many.
        package var times: Int?
    }

    /// The last run; not a moment without one.
    package var lastRun: Result? { last.first { $0.outcome != "skipped" } }

    /// That the last run failed.
    var problem: ProblemReport? {
        guard let failed = lastRun, failed.outcome == "failed" else { return nil }
        let generation = failed.generation.map { " \($0)" } ?? ""
        return ProblemReport(
            "the last run of \(name), \(CivilText.moment(failed.due)), \(failed.reason ?? "failed")",
            advice:
                "`deployd logs\(generation) --process \(name)` shows what it wrote; the next run that succeeds ends this"
        )
    }
}

extension JobReport {
    init(_ job: ScheduledJob, next: Int?, at moment: JobMoment) {
        name = job.name
        schedule = job.schedule
        self.next = next.map { WallClock.text(.seconds($0)) }
        nextSeconds = next.map { max(0, $0 - moment.wall) }
        run = job.run.map {
            Run(
                generation: $0.generation.rawValue, pid: ($0.process?.pid).map(Int.init),
                seconds: max(0, moment.wall - $0.started))
        }
        last = job.last.map { Result($0, at: moment) }
    }
}

extension JobReport.Result {
    fileprivate init(_ result: JobResult, at moment: JobMoment) {
        switch result.outcome {
        case .succeeded: outcome = "succeeded"
        case .failed(let why):
            outcome = "failed"
            reason = why
        case .unseen: outcome = "unseen"
        case .skipped:
            outcome = "skipped"
            times = result.times
        }
        due = WallClock.text(.seconds(result.due))
        secondsAgo = max(0, moment.wall - result.due)
        seconds = result.took
        generation = result.generation?.rawValue
    }
}
