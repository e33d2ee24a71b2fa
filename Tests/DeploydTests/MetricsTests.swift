import Supervisor
import TestSupport
import Testing

@testable import deployd

@Suite("Metrics")
struct MetricsTests {
    private static var history: History {
        get throws {
            let directory = try TemporaryDirectory()
            func record(_ verb: String, _ outcome: String, _ milliseconds: Double) -> String {
                """
                {"id":1,"time":"2026-12-01T08:00:00Z","who":{"user":"anna","uid":0,"pid":1},"verb":"\(verb)","to":"/r/v1",\
                "generation":1,"outcome":"\(outcome)","reason":"","steps":[{"name":"boot","milliseconds":\(milliseconds)}]}\n
                """
            }
            try directory.write(
                "history.jsonl",
                record("deploy", "committed", 1500) + record("deploy", "committed", 500)
                    + record("deploy", "rolled back", 250) + record("upgrade", "upgraded", 1))
            return try History.load(stateDirectory: directory.path)
        }
    }

    private static func lines(_ report: StatusReport, _ format: MetricsFormat = .prometheus) throws -> [String] {
        format.text(Metrics.families(report, try history)).split(separator: "\n").map(String.init)
    }

    @Test("Figures of the status are samples with the generation's labels")
    func samples() throws {
        let lines = try Self.lines(StatusSamples.trouble)
        let eight = #"generation="8",release="v2""#
        for line in [
            "deployd_up 1", #"deployd_build_info{version="0.1.0"} 1"#, "deployd_serving_generation 8",
            "deployd_requests_total{\(eight),class=\"5xx\"} 3", "deployd_requests_in_flight{\(eight)} 2",
            "deployd_connections{\(eight)} 42", "deployd_accept_queue_length{\(eight),listener=\"web\"} 1",
            "deployd_workers{\(eight),process=\"web\",state=\"ready\"} 2",
            "deployd_worker_restarts_total{\(eight),process=\"web\"} 1",
            "deployd_workers_resident_memory_bytes{\(eight),process=\"web\"} 14640032",
            #"deployd_generation_state{generation="7",release="v1",state="draining"} 1"#,
            #"deployd_stragglers_total{listener="web"} 3"#, "deployd_deploy_under_way 1", "deployd_deploys_queued 1",
            #"deployd_deploys_total{verb="deploy",outcome="committed"} 2"#,
            #"deployd_deploy_seconds_total{verb="deploy",outcome="committed"} 2"#,
            #"deployd_deploys_total{verb="deploy",outcome="rolled back"} 1"#,
            "deployd_last_deploy_timestamp_seconds 1796112000", "deployd_problems 1",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.contains(#"verb="upgrade""#) })
    }

    @Test("The buckets of latency are cumulative, at powers of two, and end with all")
    func histogram() throws {
        var report = StatusSamples.trouble
        var buckets = [Int](repeating: 0, count: 64)
        (buckets[0], buckets[12], buckets[13], buckets[52], buckets[63]) = (1, 10, 100, 1000, 10_000)
        report.generations[1].scoreboard?.latency?.buckets = buckets
        let lines = try Self.lines(report).filter { $0.hasPrefix("deployd_request_duration_seconds_bucket") }
        #expect(lines.count == 22)
        #expect(lines.first?.hasSuffix(#"le="6.4e-05"} 1"#) == true, "what took exactly 64 µs is above: \(lines)")
        #expect(lines[1].hasSuffix(#"le="0.000128"} 111"#), "\(lines[1])")
        #expect(lines[20].hasSuffix(#"le="67.108864"} 111"#) && lines[21].hasSuffix(#"le="+Inf"} 11111"#))
    }

    @Test("OpenMetrics names the family of a counter without its suffix, and ends with EOF")
    func openMetrics() throws {
        let lines = try Self.lines(StatusSamples.trouble, MetricsFormat(accept: "application/openmetrics-text;q=0.8"))
        #expect(lines.contains("# TYPE deployd_stragglers counter"))
        #expect(lines.contains(#"deployd_stragglers_total{listener="web"} 3"#))
        #expect(lines.last == "# EOF" && lines.filter { $0 == "# EOF" }.count == 1)
        #expect(try Self.lines(StatusSamples.trouble).contains("# TYPE deployd_stragglers_total counter"))
        #expect(MetricsFormat(accept: nil) == .prometheus && MetricsFormat(accept: "text/plain") == .prometheus)
    }

    @Test("What others named cannot break a line")
    func escapes() throws {
        var report = StatusSamples.trouble
        report.generations[0].release = "a\"b\\c\nd"
        let lines = try Self.lines(report)
        #expect(lines.contains { $0.contains(#"release="a\"b\\c\nd""#) })
        #expect(lines.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("deployd_") })
    }

    @Test("Without a master or a history there is less, and no made-up zero")
    func absent() {
        #expect(MetricsFormat.prometheus.text(Metrics.down).hasSuffix("deployd_up 0\n"))
        let bare = StatusReport(deployd: "1", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/")
        let text = MetricsFormat.prometheus.text(Metrics.families(bare, nil))
        #expect(!text.contains("deployd_deploys_total") && !text.contains("deployd_serving_generation"))
    }
}
