import DeployCore
import FoundationEssentials
import Testing

@Suite("Evidence in a state of an older deployd")
struct OldEvidenceTests {
    /// As deployd wrote it before there were sequential tests.
    private static let policy = """
        {"interval":[0,50000000000000000],"window":[0,1000000000000000000],
         "errors":{"points":2,"answers":20,"count":5},"latency":{"factor":5,"above":[0,500000000000000000],"answers":100},
         "queue":{"length":64,"lasting":[0,1000000000000000000]},"hang":[0,3000000000000000000],"stuckRequests":5,
         "probes":{"interval":[0,500000000000000000],"count":3}}
        """

    @Test("A policy without the newer keys is read: its thresholds decide as they did")
    func readsPolicy() throws {
        let policy = try JSONDecoder().decode(EvidencePolicy.self, from: Data(Self.policy.utf8))
        var expected = EvidencePolicy()
        expected.errors = .thresholds
        expected.latency?.answers = 100
        #expect(policy == expected)
        #expect(policy.alpha == 0.01 && policy.leastAnswers == nil)
        let written = try JSONDecoder().decode(EvidencePolicy.self, from: JSONEncoder().encode(policy))
        #expect(written == policy)
    }

    @Test("What is turned off stays off")
    func readsExitsOnly() throws {
        let text = "{\"interval\":[0,50000000000000000],\"window\":[0,1000000000000000000],\"stuckRequests\":5}"
        #expect(try JSONDecoder().decode(EvidencePolicy.self, from: Data(text.utf8)) == .exitsOnly)
    }

    @Test("An entry for the history without what it was judged by is read")
    func readsEntry() throws {
        let text = """
            {"generation":2,"kind":"deploy","to":"/srv/v2","outcome":{"committed":{"_0":2}},"durations":[],"warnings":[]}
            """
        let entry = try JSONDecoder().decode(HistoryEntry.self, from: Data(text.utf8))
        #expect(entry.judged == nil && entry.outcome.isCommitted)
    }
}
