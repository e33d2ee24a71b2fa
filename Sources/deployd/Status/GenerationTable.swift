internal import Supervisor

/// The generations of a status, a line each: the serving one first, then the newest.
struct GenerationTable {
    private let report: StatusReport
    private let paint: Paint

    init(_ report: StatusReport, paint: Paint) {
        self.report = report
        self.paint = paint
    }

    var lines: [String] {
        guard !report.generations.isEmpty else { return [] }
        var table = TextTable(
            [
                ("GEN", .right), ("RELEASE", .left), ("STATE", .left), ("FOR", .left), ("WORKERS", .right),
                ("MEMORY", .right), ("REQUESTS", .right), ("5XX", .right), ("P50", .right), ("P99", .right),
                ("IN FLIGHT", .right), ("IDLE", .right),
                ("QUEUE", .right), ("", .left),
            ], paint: paint)
        for generation in StatusOrder.generations(of: report) { table.add(row(generation)) }
        return table.lines()
    }

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
            cell(board.map { String($0.inFlight) } ?? "-"), cell(board.map { String($0.idle) } ?? "-"),
            cell(queue(generation)), cell(ProgressText.printable(generation.reason ?? crashes(generation))),
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
