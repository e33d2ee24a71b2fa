import FoundationEssentials
import Linux
import Testing

@testable import StrictLoad

@Suite struct ReportTests {
    /// A report with two answers and two failures.
    private func report() -> Report {
        var record = RunRecord()
        record.tally.requests = 4
        record.succeed(latency: 1_000_000, at: 5_000_000)
        record.succeed(latency: 3_000_000, at: 9_000_000)
        record.fail(.wrongStatus, connection: 3, request: 2, at: 7, detail: "status 500: \"no\"\n\u{1}")
        record.fail(.reset, connection: 1, request: 1, at: 8, detail: "recv")
        var connection = VersionTimeline.Connection(opened: 0)
        _ = record.versions.note(body: Array("v\"1\n".utf8).span, completed: 5, on: &connection)
        return Report(
            plan: LoadPlan(address: .v4(.loopback, port: 80)), record: record, elapsed: 1_000_000_000, wasAborted: false
        )
    }

    @Test func theJSONReportIsReadBackAsItWasMeant() throws {
        struct Shape: Decodable {
            struct Latency: Decodable { let p50: Int, p999: Int, max: Int }
            struct Gap: Decodable { let length: Int, at: Int }
            struct Stretch: Decodable { let version: String, first: Int, last: Int, count: Int }
            struct Versions: Decodable { let epochs: [Stretch], completions: [Stretch], cut: Bool }
            struct Sample: Decodable { let time: Int, kind: String, client: Int, request: Int, detail: String }
            let address: String, mode: String, perfect: Bool, requests: Int, answered: Int, failed: Int
            let failures: [String: Int], latency: Latency, longestGap: Gap, versions: Versions, samples: [Sample]
        }
        let shape = try JSONDecoder().decode(Shape.self, from: Data(report().json.utf8))
        #expect(shape.address == "127.0.0.1:80")
        #expect(shape.requests == 4 && shape.answered == 2 && shape.failed == 2 && !shape.perfect)
        #expect(shape.failures.count == FailureKind.allCases.count)
        #expect(shape.failures["wrongStatus"] == 1 && shape.failures["reset"] == 1 && shape.failures["refused"] == 0)
        #expect(shape.latency.max == 3_000_000)
        #expect(shape.longestGap.length == 4_000_000)
        #expect(shape.versions.epochs.map(\.version) == ["v\"1"])
        #expect(shape.samples.first?.detail == "status 500: \"no\"\n\u{1}")
    }

    @Test func theTextReportNamesEachFailure() {
        let text = report().text
        #expect(text.contains("wrong status                  1"))
        #expect(text.contains("client 3, request 2 of its connection"))
        #expect(text.contains("failed                          2"))
        #expect(text.contains("p99.9 3.00 ms"))
    }

    @Test func theVersionsAreWrittenAsCSV() {
        #expect(
            report().versionsCSV
                == "list,version,first,last,count\nepochs,\"v\"\"1\",5,5,1\ncompletions,\"v\"\"1\",5,5,1\n")
    }

    @Test func samplesOfAKindAreBounded() {
        var record = RunRecord()
        for _ in 0..<100 { record.fail(.refused, connection: 0, request: 0, at: 0, detail: "") }
        record.fail(.reset, connection: 0, request: 0, at: 0, detail: "")
        #expect(record.samples.count == FailureSample.maxPerKind + 1)
    }

    @Test func aRunWithoutAnAnswerIsNotPerfect() {
        #expect(!Tally().isPerfect)
    }
}
