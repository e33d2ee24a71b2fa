internal import Linux
internal import Supervisor

/// The history for a person, the newest last. Pure.
struct HistoryText {
    private let records: [HistoryRecord]
    private let label: (String) -> String
    private let paint: Paint
    private let width: Int?

    /// - Parameter label: the short name of a release, of its path.
    init(_ records: [HistoryRecord], label: @escaping (String) -> String, paint: Paint, width: Int? = nil) {
        self.width = width
        self.records = records
        self.label = label
        self.paint = paint
    }

    var text: String {
        guard !records.isEmpty else { return "nothing was deployed yet\n" }
        var table = TextTable(
            [
                Column("", .right, rank: 4), Column("WHEN", .left), Column("WHO", .left, rank: 3),
                Column("VERB", .left),
                Column("FROM", .left, rank: 5), Column("TO", .left), Column("GEN", .right, rank: 2),
                Column("OUTCOME", .left), Column("TOOK", .right, rank: 1), Column("", .left),
            ], paint: paint, width: width)
        for record in records { table.add(row(record)) }
        return table.lines().map { $0 + "\n" }.joined()
    }

    private typealias Column = TextTable.Column

    private func row(_ record: HistoryRecord) -> [TextTable.Cell] {
        let took = record.steps.map(\.milliseconds).reduce(0, +)
        let tint: Paint.Tint =
            switch record.outcome {
            case .committed, .upgraded, .pruned: .good
            // It may be in use, as it should.
            case .notRemoved: .plain
            default: .bad
            }
        return [
            TextTable.Cell(String(record.id)), TextTable.Cell(when(record.time)),
            TextTable.Cell(record.who.user), TextTable.Cell(record.verb),
            TextTable.Cell(record.from.map(label) ?? "-"), TextTable.Cell(label(record.to)),
            TextTable.Cell(String(record.generation)),
            TextTable.Cell(record.outcome.rawValue, tint),
            TextTable.Cell(record.steps.isEmpty ? "-" : TimeText.took(milliseconds: took)),
            TextTable.Cell(ForeignText.line(record.reason)),
        ]
    }

    /// "2026-01-02 03:04:05Z" of RFC 3339: a person needs no milliseconds, but must see that it is UTC.
    private func when(_ time: String) -> String {
        guard time.count >= 19 else { return ForeignText.line(time) }
        return ForeignText.line(String(time.prefix(19).map { $0 == "T" ? " " : $0 })) + "Z"
    }
}
