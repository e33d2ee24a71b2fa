internal import Linux
internal import Supervisor

/// The jobs of a status that are started by the clock, a line each.
struct JobTable {
    private let report: StatusReport
    private let paint: Paint
    private let width: Int?

    init(_ report: StatusReport, paint: Paint, width: Int?) {
        self.report = report
        self.paint = paint
        self.width = width
    }

    var lines: [String] {
        guard let jobs = report.jobs, !jobs.isEmpty else { return [] }
        var table = TextTable(
            [
                Column("JOB", .left), Column("SCHEDULE", .left, rank: 1), Column("NEXT", .left),
                Column("LAST RUN", .left),
                Column("", .left),
            ], paint: paint, width: width)
        for job in jobs { table.add(row(job)) }
        return table.lines()
    }

    private typealias Column = TextTable.Column

    private func row(_ job: JobReport) -> [TextTable.Cell] {
        [
            TextTable.Cell(ForeignText.line(job.name)), TextTable.Cell(ForeignText.line(job.schedule)),
            TextTable.Cell(job.nextSeconds.map { "in \(TimeText.age(seconds: $0))" } ?? "-"),
            last(job), TextTable.Cell(remark(job)),
        ]
    }

    private func last(_ job: JobReport) -> TextTable.Cell {
        guard let last = job.lastRun else { return TextTable.Cell("-") }
        let took = last.seconds.map { ", took \(TimeText.age(seconds: $0))" } ?? ""
        return TextTable.Cell(
            "\(ForeignText.line(last.outcome)) \(TimeText.age(seconds: last.secondsAgo)) ago\(took)",
            last.outcome == "failed" ? .bad : .plain)
    }

    private func remark(_ job: JobReport) -> String {
        var words: [String] = []
        if let run = job.run {
            let pid = run.pid.map { ", pid \($0)" } ?? ""
            words.append("runs for \(TimeText.age(seconds: run.seconds)) (generation \(run.generation)\(pid))")
        }
        if let newest = job.last.first, newest.outcome == "skipped" {
            let times = newest.times ?? 1
            words.append("skipped \(times == 1 ? "once" : "\(times) times"), since a run had not ended")
        }
        return words.joined(separator: "; ")
    }
}
