internal import DeployCore
internal import Linux
internal import Supervisor

/// The findings of `check`, as a program reads it. Keys without a value are left out.
struct CheckFindings: Encodable {
    /// One thing that was found. `text` has all of it; where it is and what to do are apart where that is known.
    struct Finding: Encodable, Equatable {
        /// "error" (it would stop a start or a deploy), "warning", "note".
        let severity: String
        let text: String
        var file: String?
        var line: Int?
        var column: Int?
        var key: String?
        var found: String?
        var expected: String?
        var advice: String?
    }

    /// A job of the release that is started by the clock.
    struct Scheduled: Encodable, Equatable {
        let process: String
        let schedule: String
        /// The next moments, three at most: RFC 3339, UTC.
        let next: [String]
    }

    /// Nothing would stop a start or a deploy.
    let ok: Bool
    let release: String
    let findings: [Finding]
    let schedules: [Scheduled]?

    init(_ release: String, _ findings: [Finding], _ processes: [Manifest.Process] = []) {
        self.release = release
        self.findings = findings
        ok = !findings.contains { $0.severity == "error" }
        let scheduled = processes.compactMap { process in
            process.schedule.map {
                Scheduled(
                    process: process.name, schedule: $0.text,
                    next: CivilText.moments($0, 3).map { WallClock.text(.seconds($0)) })
            }
        }
        schedules = scheduled.isEmpty ? nil : scheduled
    }

    /// One line.
    var json: String { JSONLine.text(self) + "\n" }
}

extension CheckFindings.Finding {
    /// A mistake, with all that it says of its place.
    init(_ problem: Problem, advice: CommandAdvice) {
        self.init(severity: "error", text: ForeignText.line(advice.completed(problem.description)))
        file = problem.file.isEmpty ? nil : problem.file
        line = problem.position?.line
        column = problem.position?.column
        key = problem.keyPath.isEmpty ? nil : problem.keyPath
        found = problem.found
        expected = problem.expected
        self.advice = problem.advice.isEmpty ? nil : advice.completed(problem.advice)
    }

    /// Something that `status` has among its problems, and that is in the way.
    init(_ problem: ProblemReport, advice: CommandAdvice) {
        self.init(severity: "error", text: ForeignText.line(advice.completed("\(problem.what); \(problem.advice)")))
        found = problem.what
        self.advice = advice.completed(problem.advice)
    }
}
