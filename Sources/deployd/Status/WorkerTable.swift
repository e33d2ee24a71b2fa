internal import Linux
internal import Supervisor

/// The workers of a status, a line each.
struct WorkerTable {
    private let report: StatusReport
    private let paint: Paint
    private let width: Int?

    init(_ report: StatusReport, paint: Paint, width: Int?) {
        self.report = report
        self.paint = paint
        self.width = width
    }

    var lines: [String] {
        let generations = StatusOrder.generations(of: report).filter { !$0.workers.isEmpty }
        guard !generations.isEmpty else { return [] }
        var table = TextTable(
            [
                Column("WORKER", .left), Column("PID", .right), Column("STATE", .left), Column("FOR", .left, rank: 2),
                Column("RESTARTS", .right, rank: 3), Column("MEMORY", .right, rank: 1), Column("", .left),
            ], paint: paint, width: width)
        for generation in generations {
            for worker in generation.workers { table.add(row(generation.number, worker)) }
        }
        return table.lines()
    }

    private typealias Column = TextTable.Column

    private func row(_ generation: Int, _ worker: WorkerReport) -> [TextTable.Cell] {
        [
            TextTable.Cell("\(generation).\(worker.process.map { "\($0)." } ?? "")\(worker.slot)"),
            TextTable.Cell(worker.pid.map { String($0) } ?? "-"),
            TextTable.Cell(worker.state, worker.pid == nil ? .bad : .plain),
            TextTable.Cell(TimeText.age(seconds: worker.seconds)),
            TextTable.Cell(String(worker.restarts), worker.restarts > 0 ? .busy : .plain),
            TextTable.Cell(worker.residentBytes.map(MemoryText.size(bytes:)) ?? "-"),
            TextTable.Cell(remark(worker)),
        ]
    }

    private func remark(_ worker: WorkerReport) -> String {
        let exit = worker.lastExit.map { "the previous one \($0)" }
        return [worker.status, exit].compactMap(\.self).map(ForeignText.line).joined(separator: "; ")
    }
}
