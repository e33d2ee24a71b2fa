internal import Linux
internal import Supervisor

/// The sites of the release that serves, a line each: the busiest first.
struct SiteTable {
    /// Beyond so many the rest is one line.
    private static let most = 12

    private let sites: [ScoreboardReport.Site]
    private let paint: Paint
    private let width: Int?

    init(_ report: StatusReport, paint: Paint, width: Int?) {
        let serving = report.generations.first { $0.number == report.serving }
        sites = (serving?.scoreboard?.sites ?? []).sorted { ($1.requests, $0.name) < ($0.requests, $1.name) }
        self.paint = paint
        self.width = width
    }

    var lines: [String] {
        guard !sites.isEmpty else { return [] }
        var table = TextTable(
            [TextTable.Column("SITE", .left), TextTable.Column("REQUESTS", .right), TextTable.Column("5XX", .right)],
            paint: paint, width: width)
        for site in sites.prefix(Self.most) { table.add(row(ForeignText.line(site.name), [site])) }
        let rest = Array(sites.dropFirst(Self.most))
        if !rest.isEmpty { table.add(row("\(rest.count) more", rest)) }
        return table.lines()
    }

    private func row(_ name: String, _ sites: [ScoreboardReport.Site]) -> [TextTable.Cell] {
        let failures = sites.reduce(0) { $0 + $1.serverErrors }
        return [
            TextTable.Cell(name), TextTable.Cell(String(sites.reduce(0) { $0 + $1.requests })),
            TextTable.Cell(String(failures), failures > 0 ? .bad : .plain),
        ]
    }
}
