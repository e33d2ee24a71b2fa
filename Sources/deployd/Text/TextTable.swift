/// Rows in aligned columns, two spaces apart. The last column is never padded.
struct TextTable {
    enum Alignment: Sendable {
        case left, right
    }

    private let paint: Paint
    private let alignments: [Alignment]
    private var rows: [[Cell]] = []

    /// A text and how it is coloured, so that escape codes do not count as width.
    struct Cell {
        let text: String
        let tint: Paint.Tint

        init(_ text: String, _ tint: Paint.Tint = .plain) {
            self.text = text
            self.tint = tint
        }
    }

    init(_ columns: [(title: String, alignment: Alignment)], paint: Paint) {
        self.paint = paint
        alignments = columns.map(\.alignment)
        rows = [columns.map { Cell($0.title, .faint) }]
    }

    mutating func add(_ cells: [Cell]) {
        rows.append(cells)
    }

    /// The lines, without ends and without spaces at the end.
    func lines() -> [String] {
        let widths = alignments.indices.map { column in
            rows.map { $0.indices.contains(column) ? $0[column].text.count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            var pending = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.text.count)
                let isRight = alignments[column] == .right
                pending += isRight ? gap : ""
                if !cell.text.isEmpty {
                    line += pending + paint(cell.text, cell.tint)
                    pending = ""
                }
                pending += (isRight ? "" : gap) + "  "
            }
            return line
        }
    }
}
