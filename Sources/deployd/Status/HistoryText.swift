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
        let whole = table(isNarrow: false)
        return (whole.hasRoom ? whole : table(isNarrow: true)).lines().map { $0 + "\n" }.joined()
    }

    private func table(isNarrow: Bool) -> TextTable {
        var table = TextTable(
            [
                Column("", .right, rank: 1), Column("WHEN", .left, isWhole: true), Column("WHO", .left, rank: 5),
                Column("VERB", .left),
                Column("FROM", .left, rank: 2), Column("TO", .left), Column("GEN", .right, rank: 4),
                Column("OUTCOME", .left), Column("TOOK", .right, rank: 3), Column("", .left),
            ], paint: paint, width: width)
        for record in records { table.add(row(record, isNarrow: isNarrow)) }
        return table
    }

    private typealias Column = TextTable.Column

    private func row(_ record: HistoryRecord, isNarrow: Bool) -> [TextTable.Cell] {
        let took = record.steps.map(\.milliseconds).reduce(0, +)
        let tint: Paint.Tint =
            switch record.outcome {
            case .committed, .upgraded, .pruned: .good
            // It may be in use, as it should.
            case .notRemoved, .maintenanceOn, .maintenanceOff: .plain
            default: .bad
            }
        return [
            TextTable.Cell(String(record.id)), TextTable.Cell(when(record.time, isNarrow: isNarrow)),
            TextTable.Cell(record.who.user), TextTable.Cell(record.verb),
            TextTable.Cell(record.from.map(label) ?? "-"), TextTable.Cell(label(record.to)),
            TextTable.Cell(String(record.generation)),
            TextTable.Cell(record.outcome.rawValue, tint),
            TextTable.Cell(record.steps.isEmpty ? "-" : TimeText.took(milliseconds: took)),
            TextTable.Cell(remarks(record)),
        ]
    }

    /// What was said of it, and why it ended so.
    private func remarks(_ record: HistoryRecord) -> String {
        let why = record.reason.isEmpty ? record.judged ?? "" : record.reason
        let said = record.message.map { "\"\($0)\"" }
        return ForeignText.line([said, why.isEmpty ? nil : why].compactMap(\.self).joined(separator: "; "))
    }

    /// "2026-01-02 03:04:05Z" of RFC 3339: a person needs no milliseconds, but must see that it is UTC. Where there is little
    /// room, "01-02 03:04Z".
    private func when(_ time: String, isNarrow: Bool) -> String {
        guard time.count >= 19 else { return ForeignText.line(time) }
        let shown = isNarrow ? time.prefix(16).dropFirst(5) : time.prefix(19)
        return ForeignText.line(String(shown.map { $0 == "T" ? " " : $0 })) + "Z"
    }
}
