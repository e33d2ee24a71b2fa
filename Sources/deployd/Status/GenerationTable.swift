internal import Linux
internal import Supervisor

/// The generations of a status, a line each: the serving one first, then the newest.
struct GenerationTable {
    private let report: StatusReport
    private let paint: Paint
    private let width: Int?

    init(_ report: StatusReport, paint: Paint, width: Int?) {
        self.report = report
        self.paint = paint
        self.width = width
    }

    var lines: [String] {
        guard !report.generations.isEmpty else { return [] }
        var table = TextTable(
            [
                Column("GEN", .right), Column("RELEASE", .left), Column("STATE", .left), Column("FOR", .left, rank: 10),
                Column("WORKERS", .right, rank: 7), Column("MEMORY", .right, rank: 3),
                Column("REQUESTS", .right, rank: 8), Column("5XX", .right, rank: 9), Column("P50", .right, rank: 1),
                Column("P99", .right, rank: 5), Column("IN FLIGHT", .right, rank: 4), Column("IDLE", .right, rank: 2),
                Column("QUEUE", .right, rank: 6), Column("", .left),
            ], paint: paint, width: width)
        for generation in StatusOrder.generations(of: report) { table.add(row(generation)) }
        return table.lines()
    }

    private typealias Column = TextTable.Column

    private func row(_ generation: GenerationReport) -> [TextTable.Cell] {
        let board = generation.scoreboard
        let failures = board?.statusClasses.serverError
        return [
            cell(String(generation.number)), cell(generation.release),
            TextTable.Cell(generation.state.rawValue, StatusOrder.tint(of: generation.state)),
            cell(TimeText.age(seconds: generation.seconds)), cell(String(generation.workers.count)),
            cell(memory(generation)), cell(board.map { String($0.requests) } ?? "-"),
            TextTable.Cell(failures.map { String($0) } ?? "-", (failures ?? 0) > 0 ? .bad : .plain),
            cell(time(board?.latency?.p50)), cell(time(board?.latency?.p99)),
            cell(board.map { String($0.inFlight) } ?? "-"), cell(board?.idle.map { String($0) } ?? "-"),
            cell(queue(generation)), cell(ForeignText.line(generation.reason ?? crashes(generation))),
        ]
    }

    private func cell(_ text: String) -> TextTable.Cell { TextTable.Cell(text) }

    private func time(_ microseconds: Int?) -> String {
        microseconds.map { TimeText.took(microseconds: $0) } ?? "-"
    }

    private func memory(_ generation: GenerationReport) -> String {
        let sizes = generation.workers.compactMap(\.residentBytes)
        return sizes.isEmpty ? "-" : MemoryText.size(bytes: sizes.reduce(0, +))
    }

    private func queue(_ generation: GenerationReport) -> String {
        guard let lanes = generation.lanes else { return "-" }
        return String(lanes.map(\.acceptQueue).reduce(0, +))
    }

    private func crashes(_ generation: GenerationReport) -> String {
        guard let loop = generation.crashLoop else { return "" }
        return "crash loop: \(loop.crashes) in \(TimeText.age(seconds: loop.withinSeconds)), "
            + "next try in \(TimeText.age(seconds: loop.nextAttemptSeconds))"
    }
}
