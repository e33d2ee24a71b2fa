internal import Linux

/// Rows in columns two spaces apart, for a width. The last column is never padded.
///
/// What does not fit loses columns, those first that can be missed most; then the last column, which is for remarks, goes
/// to lines of its own; then the longest texts are cut.
struct TextTable {
    enum Alignment: Sendable {
        case left, right
    }

    /// A column.
    struct Column {
        let title: String
        let alignment: Alignment
        /// Which goes first where there is no room, from 1; nil: it stays.
        let rank: Int?
        /// Whether its texts are never cut: half a number says something else.
        let isWhole: Bool

        init(_ title: String, _ alignment: Alignment, rank: Int? = nil, isWhole: Bool = false) {
            self.title = title
            self.alignment = alignment
            self.rank = rank
            self.isWhole = isWhole
        }
    }

    private static let gap = 2
    /// The lines of a remark that has no room in its row stand so far back.
    private static let remarkIndent = "     "
    /// No text is cut to less.
    private static let leastWidth = 6

    private let paint: Paint
    private let columns: [Column]
    private let width: Int?
    private var rows: [[Cell]] = []

    /// A text and how it is coloured, so that escape codes do not count as width. What it says may be somebody else's
    /// words: it is one harmless line.
    struct Cell {
        let text: String
        let tint: Paint.Tint

        init(_ text: String, _ tint: Paint.Tint = .plain) {
            self.text = ForeignText.line(text)
            self.tint = tint
        }
    }

    /// - Parameter width: how many characters a line may have; nil: as many as it needs.
    init(_ columns: [Column], paint: Paint, width: Int? = nil) {
        self.paint = paint
        self.columns = columns
        self.width = width
        rows = [columns.map { Cell($0.title, .faint) }]
    }

    mutating func add(_ cells: [Cell]) {
        rows.append(cells)
    }

    /// Whether there is room for all columns, but for that of the remarks.
    var hasRoom: Bool { fits(columns.indices.dropLast(hasRemarks ? 1 : 0)) }

    private var hasRemarks: Bool { columns.last?.title.isEmpty ?? false }

    /// The lines, without ends and without spaces at the end.
    func lines() -> [String] {
        var shown = Array(columns.indices)
        let ranked = columns.indices.filter { columns[$0].rank != nil }.sorted {
            (columns[$0].rank ?? 0) < (columns[$1].rank ?? 0)
        }
        for column in ranked where !fits(shown.dropLast()) { shown.removeAll { $0 == column } }
        guard hasRemarks, !fits(shown), let remark = shown.popLast() else { return lines(of: shown, widths(shown)) }
        return lines(of: shown, widths(shown), remark: remark)
    }

    private func cell(_ row: [Cell], _ column: Int) -> Cell { row.indices.contains(column) ? row[column] : Cell("") }

    private func naturalWidth(_ column: Int) -> Int { rows.map { cell($0, column).text.count }.max() ?? 0 }

    private func fits(_ shown: some Collection<Int>) -> Bool {
        guard let width else { return true }
        return shown.reduce(0) { $0 + naturalWidth($1) } + Self.gap * max(0, shown.count - 1) <= width
    }

    /// The columns' widths; where the line is too long the widest give way.
    private func widths(_ shown: [Int]) -> [Int] {
        var widths = shown.map(naturalWidth)
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) - width
        let yielding = shown.indices.filter { !columns[shown[$0]].isWhole }
        while excess > 0, let widest = yielding.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.leastWidth {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func lines(of shown: [Int], _ widths: [Int], remark: Int? = nil) -> [String] {
        rows.flatMap { row in
            var line = ""
            var pending = ""
            for (column, room) in zip(shown, widths) {
                let cell = cell(row, column)
                let text = cell.text.count > room ? cell.text.prefix(max(0, room - 1)) + "…" : cell.text
                let gap = String(repeating: " ", count: room - text.count)
                let isRight = columns[column].alignment == .right
                pending += isRight ? gap : ""
                if !text.isEmpty {
                    line += pending + paint(text, cell.tint)
                    pending = ""
                }
                pending += (isRight ? "" : gap) + String(repeating: " ", count: Self.gap)
            }
            guard let remark, !cell(row, remark).text.isEmpty else { return [line] }
            let indent = Self.remarkIndent
            let rest = Columns.wrap(cell(row, remark).text, to: width, first: indent, indent: indent)
            return [line] + rest.map { paint($0, cell(row, remark).tint) }
        }
    }
}
