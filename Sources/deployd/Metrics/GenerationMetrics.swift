internal import Supervisor

/// What there is to measure of a generation.
struct GenerationMetrics {
    private typealias Label = MetricFamily.Label

    /// Every second bucket of the scoreboard, from 64 microseconds to 67 seconds, is a border of the histogram: twice the
    /// one before.
    private static let borders = 6...26

    private let report: GenerationReport
    private let labels: [MetricFamily.Label]

    init(_ report: GenerationReport) {
        self.report = report
        labels = [Label("generation", "\(report.number)"), Label("release", report.release)]
    }

    /// Each metric, and where a generation has its samples.
    private static let table:
        [(family: MetricFamily, samples: @Sendable (GenerationMetrics) -> [MetricFamily.Sample])] = [
            (MetricFamily("deployd_generation_state", "1 for the state that the generation is in."), { $0.state }),
            (MetricFamily("deployd_generation_state_seconds", "How long it has been in this state."), { $0.age }),
            (
                MetricFamily("deployd_requests", "Requests answered, by the class of the status.", .counter),
                { $0.requests }
            ),
            (
                MetricFamily("deployd_site_requests", "Requests answered, by site.", .counter),
                { $0.sites { Double($0.requests) } }
            ),
            (
                MetricFamily("deployd_site_errors", "Requests answered with 5xx, by site.", .counter),
                { $0.sites { Double($0.serverErrors) } }
            ),
            (MetricFamily("deployd_request_duration_seconds", "How long answers took.", .histogram), { $0.durations }),
            (
                MetricFamily("deployd_requests_in_flight", "Requests that are being answered."),
                { $0.counted { Double($0.inFlight) } }
            ),
            (
                MetricFamily("deployd_connections", "Connections that are open."),
                { $0.counted { $0.connections.map(Double.init) } }
            ),
            (
                MetricFamily("deployd_connections_idle", "Kept connections that wait for their next request."),
                { $0.counted { $0.idle.map(Double.init) } }
            ),
            (
                MetricFamily("deployd_connections_adopted", "Connections taken over from other generations.", .counter),
                { $0.counted { Double($0.adopted) } }
            ),
            (
                MetricFamily("deployd_connections_handed_over", "Connections given to other generations.", .counter),
                { $0.counted { Double($0.handedOver) } }
            ),
            (
                MetricFamily("deployd_accept_queue_length", "Connections that no worker has accepted yet."),
                { $0.lanes { $0.acceptQueue } }
            ),
            (MetricFamily("deployd_accept_queue_limit", "The most that may wait so."), { $0.lanes { $0.backlog } }),
            (MetricFamily("deployd_workers", "Processes, by kind and state."), { $0.workers }),
            (
                MetricFamily("deployd_worker_restarts", "How often processes were started again.", .counter),
                { $0.restarts }
            ),
            (
                MetricFamily(
                    "deployd_workers_resident_memory_bytes", "The memory of the processes of a kind, together."),
                { $0.memory }
            ),
        ]

    static func families(_ generations: [GenerationMetrics]) -> [MetricFamily] {
        table.map { family, samples in
            var family = family
            family.samples = generations.flatMap(samples)
            return family
        }
    }

    private var state: [MetricFamily.Sample] { [sample(1, Label("state", report.state.rawValue))] }
    private var age: [MetricFamily.Sample] { [sample(Double(report.seconds))] }

    private var requests: [MetricFamily.Sample] {
        guard let classes = report.scoreboard?.statusClasses else { return [] }
        return [
            ("1xx", classes.informational), ("2xx", classes.successful), ("3xx", classes.redirection),
            ("4xx", classes.clientError), ("5xx", classes.serverError),
        ].map { sample(Double($1), Label("class", $0)) }
    }

    private var durations: [MetricFamily.Sample] {
        guard let buckets = report.scoreboard?.latency?.buckets else { return [] }
        let below = Self.borders.map { border in
            sample(
                Double(buckets.prefix(border * 2).reduce(0, +)), Label("le", "\(Double(1 << border) / 1_000_000)"))
        }
        return below + [sample(Double(buckets.reduce(0, +)), Label("le", "+Inf"))]
    }

    private func counted(_ value: (ScoreboardReport) -> Double?) -> [MetricFamily.Sample] {
        report.scoreboard.flatMap(value).map { [sample($0)] } ?? []
    }

    private func sites(_ value: (ScoreboardReport.Site) -> Double) -> [MetricFamily.Sample] {
        (report.scoreboard?.sites ?? []).map { sample(value($0), Label("site", $0.name)) }
    }

    private func lanes(_ value: (LaneReport) -> Int) -> [MetricFamily.Sample] {
        (report.lanes ?? []).map { sample(Double(value($0)), Label("listener", $0.listener)) }
    }

    private var workers: [MetricFamily.Sample] {
        let counts = Dictionary(grouping: report.workers) { [Self.kind($0), $0.state] }
        return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            sample(Double($1.count), Label("process", $0[0]), Label("state", $0[1]))
        }
    }

    private var restarts: [MetricFamily.Sample] { byKind { Double($0.restarts) } }
    private var memory: [MetricFamily.Sample] { byKind { Double($0.residentBytes ?? 0) } }

    private func byKind(_ value: (WorkerReport) -> Double) -> [MetricFamily.Sample] {
        Dictionary(grouping: report.workers, by: Self.kind).sorted { $0.key < $1.key }.map {
            sample($1.reduce(0) { $0 + value($1) }, Label("process", $0))
        }
    }

    private static func kind(_ worker: WorkerReport) -> String { worker.process ?? "web" }

    private func sample(_ value: Double, _ more: MetricFamily.Label...) -> MetricFamily.Sample {
        MetricFamily.Sample(labels: labels + more, value: value)
    }
}
