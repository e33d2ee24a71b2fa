internal import Linux
internal import Supervisor

/// The releases for a person or for a program. Pure.
struct ReleaseTable {
    /// A release with what is known of it beside the history.
    struct Row {
        let entry: ReleaseList.Entry
        let size: TreeSize
        /// Generations of it that live, as the master tells.
        let generations: [GenerationReport]
        /// No master answers, and a start would serve it.
        let isNextStart: Bool
    }

    private let rows: [Row]
    private let keep: Int?

    init(_ rows: [Row], keep: Int?) {
        self.rows = rows
        self.keep = keep
    }

    /// A line each: the name, its size, when it was deployed last, and what is to be said of it.
    func text(paint: Paint, width: Int?) -> String {
        var table = TextTable(
            [
                TextTable.Column("RELEASE", .left), TextTable.Column("SIZE", .right, rank: 1),
                TextTable.Column("DEPLOYED", .left, rank: 2, isWhole: true), TextTable.Column("", .left),
            ], paint: paint, width: width)
        for row in rows {
            let isServing = row.generations.contains { $0.state == .serving }
            table.add([
                TextTable.Cell(row.entry.label, isServing ? .good : .plain), TextTable.Cell(size(row)),
                TextTable.Cell(when(row.entry.committed)), TextTable.Cell(remarks(row).joined(separator: "; ")),
            ])
        }
        return table.lines().map { $0 + "\n" }.joined()
    }

    private func size(_ row: Row) -> String {
        (row.size.isComplete ? "" : "over ") + MemoryText.size(bytes: row.size.bytes)
    }

    /// "2026-01-02 03:04:05Z" of RFC 3339.
    private func when(_ time: String?) -> String {
        guard let time else { return "-" }
        return String(time.prefix(19).map { $0 == "T" ? " " : $0 }) + "Z"
    }

    func remarks(_ row: Row) -> [String] {
        var remarks = row.generations.map { "\($0.state.rawValue), generation \($0.number)" }
        if row.isNextStart { remarks.append("a start serves it") }
        if let message = row.entry.message { remarks.append("\"\(ForeignText.line(message))\"") }
        if row.entry.isRollback { remarks.append("a rollback deploys it") }
        switch row.entry.removal {
        case .none: break
        case .next: remarks.append("removed after the next deploy (`keep` is \(keep ?? 0))")
        case .never(let reason): remarks.append("old, and kept: \(reason)")
        }
        if !row.entry.hasManifest { remarks.append("no release.json: not a release yet") }
        if row.entry.committed == nil, row.entry.hasManifest, row.generations.isEmpty, !row.isNextStart {
            remarks.append("never deployed")
        }
        return remarks
    }

    /// A line of JSON each.
    var json: String { rows.map { JSONLine.text(Line($0)) + "\n" }.joined() }

    /// A release as a program reads it. Keys without a value are left out.
    private struct Line: Encodable {
        struct Generation: Encodable {
            let number: Int
            let state: String
        }

        let release: String
        let path: String
        let bytes: Int
        let manifest: Bool
        let deployed: String?
        let message: String?
        let generations: [Generation]
        let start: Bool
        let rollback: Bool
        let removal: String?
        let kept: String?

        init(_ row: Row) {
            release = row.entry.label
            path = row.entry.path
            bytes = row.size.bytes
            manifest = row.entry.hasManifest
            deployed = row.entry.committed
            message = row.entry.message
            generations = row.generations.map { Generation(number: $0.number, state: $0.state.rawValue) }
            start = row.isNextStart
            rollback = row.entry.isRollback
            removal = row.entry.removal == .next ? "next" : nil
            if case .never(let reason) = row.entry.removal { kept = reason } else { kept = nil }
        }
    }
}
