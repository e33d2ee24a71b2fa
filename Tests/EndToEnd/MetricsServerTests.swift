import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd metrics, and a Prometheus")
    struct MetricsServerTests {
        @Test("promtool finds nothing to say about the text, the rules or the dashboard's queries")
        func clean() throws {
            let promtool = try Program.path("promtool")
            let server = try Server()
            _ = try server.deployd("deploy", "v2")
            let metrics = try server.deployd("metrics")
            #expect(metrics.status == .exited(code: 0), "\(metrics.errors)")
            #expect(metrics.output.contains(#"deployd_deploys_total{verb="deploy",outcome="committed"} 1"#))
            let file = server.directory.path("metrics")
            try server.directory.write("metrics", metrics.output)
            let check = try Child.run(["/bin/sh", "-c", "\(promtool) check metrics < \(file)"])
            #expect(check.status == .exited(code: 0) && check.output.isEmpty, "\(check.output)\(check.errors)")
            try Child.expect([promtool, "check", "rules", "\(Repository.path)/deploy/prometheus/alerts.yml"])
            try server.finish()
        }

        @Test("A Prometheus scrapes it, master or none, and answers what the dashboard asks")
        func scraped() throws {
            let prometheus = try Program.path("prometheus")
            let curl = try Program.path("curl")
            let server = try Server()
            let exporter = try server.begin("metrics", "--listen", "127.0.0.1:0")
            let address = try Self.address(of: exporter)
            let port = try Self.freePort()
            try server.directory.write(
                "prometheus.yml",
                """
                global: { scrape_interval: 200ms, scrape_timeout: 200ms }
                scrape_configs: [ { job_name: deployd, static_configs: [ { targets: [ "\(address)" ] } ] } ]
                """)
            let scraper = try Child([
                prometheus, "--config.file=\(server.directory.path("prometheus.yml"))",
                "--storage.tsdb.path=\(server.directory.path("tsdb"))", "--web.listen-address=127.0.0.1:\(port)",
            ])
            func value(_ query: String) throws -> String {
                try Child.run([
                    curl, "-sG", "http://127.0.0.1:\(port)/api/v1/query", "--data-urlencode", "query=\(query)",
                ]).output
            }
            try wait(for: "a scrape", upTo: .seconds(60)) { try value("deployd_up").contains(#""1"]"#) }
            _ = try Child.run([curl, "-s", "http://\(try server.address())/"])
            try wait(for: "the request", upTo: .seconds(30)) {
                try value(#"sum(deployd_requests_total{class="2xx"}) > 0"#).contains(#""value""#)
            }
            let dashboard = String(
                decoding: try Files.read("\(Repository.path)/deploy/grafana/deployd.json"), as: UTF8.self)
            let queries = dashboard.split(separator: "\n").compactMap { line in
                line.split(separator: "\"expr\": \"").last.map { $0.last == "," ? $0.dropLast(2) : $0.dropLast() }
                    .flatMap { line.contains("\"expr\": ") ? String($0) : nil }
            }
            #expect(queries.count >= 12)
            for expression in queries {
                let query = expression.replacing("\\\"", with: "\"").replacing("$instance", with: address)
                    .replacing("$__rate_interval", with: "1m")
                let answer = try value(query)
                #expect(answer.contains(#""status":"success""#), "\(query): \(answer)")
            }
            try server.finish()
            try wait(for: "the news that there is no master", upTo: .seconds(30)) {
                try value("deployd_up").contains(#""0"]"#)
            }
            try scraper.send(.term)
            _ = try scraper.wait()
            try exporter.send(.term)
            #expect(try exporter.wait() == .exited(code: 0))
        }

        private static func freePort() throws -> UInt16 {
            let socket = try Socket.stream(.v4)
            try socket.bind(.v4(.loopback, port: 0))
            return try #require(try socket.localAddress().port)
        }

        private static func address(of exporter: Child) throws -> String {
            try wait(for: "the exporter's address") {
                exporter.errors.firstMatch(of: /listens on (127\.0\.0\.1:[0-9]+)/).map { String($0.1) }
            }
        }
    }
}
