import Supervisor
import Testing

@testable import deployd

@Suite("The history for a person")
struct HistoryTextTests {
    private func record(_ id: Int, _ verb: String, _ outcome: HistoryOutcome) -> HistoryRecord {
        HistoryRecord(
            id: id, time: "2026-01-02T03:04:05.678Z", who: .init(user: "anna", uid: 1000, pid: 9), verb: verb,
            from: "v1", to: "v2", generation: 3, outcome: outcome, steps: [.init(name: "booting", milliseconds: 5_100)])
    }

    private func text(width: Int?) -> String {
        let records = [
            record(8, "deploy", .committed), record(9, "rollback", .rolledBack), record(10, "prune", .notRemoved),
        ]
        return HistoryText(records, label: { $0 }, paint: .off, width: width).text
    }

    @Test("has all of it where there is room")
    func wide() {
        #expect(
            text(width: nil) == """
                    WHEN                  WHO   VERB      FROM  TO  GEN  OUTCOME       TOOK
                 8  2026-01-02 03:04:05Z  anna  deploy    v1    v2    3  committed    5.1 s
                 9  2026-01-02 03:04:05Z  anna  rollback  v1    v2    3  rolled back  5.1 s
                10  2026-01-02 03:04:05Z  anna  prune     v1    v2    3  not removed  5.1 s

                """)
        #expect(text(width: 120) == text(width: nil))
    }

    @Test("has what was said of a deploy before why it ended so, harmless")
    func message() {
        var record = record(8, "deploy", .rolledBack)
        record.reason = "5xx"
        record.message = "Fix \u{1B}[31m the cart"
        let text = HistoryText([record], label: { $0 }, paint: .off, width: nil).text
        #expect(text.hasSuffix("  5.1 s  \"Fix ?[31m the cart\"; 5xx\n"), "\(text)")
    }

    @Test("has a shorter time where there is not, who it was and which generation, and fits")
    func narrow() {
        #expect(
            text(width: 60) == """
                WHEN          WHO   VERB      TO  GEN  OUTCOME       TOOK
                01-02 03:04Z  anna  deploy    v2    3  committed    5.1 s
                01-02 03:04Z  anna  rollback  v2    3  rolled back  5.1 s
                01-02 03:04Z  anna  prune     v2    3  not removed  5.1 s

                """)
        for width in [40, 45, 60, 70] {
            for line in text(width: width).split(separator: "\n") {
                #expect(line.count <= width, "\(line)")
                #expect(line.contains("WHEN") || line.contains("01-02 03:04Z"), "\(line)")
            }
        }
    }
}
