internal import Linux
internal import Supervisor
internal import WebWorker

/// `deployd metrics`: what there is to measure, as text, or over HTTP for a Prometheus.
enum MetricsVerb {
    private static let listen = Option(
        name: "--listen", value: "ADDRESS",
        help: "serve them at this address (127.0.0.1:9464, unix:/run/deployd/metrics.sock) until it is ended")
    private static let path = "/metrics"

    static let verb = Verb(
        name: "metrics", options: [listen],
        summary: "print metrics in Prometheus' text format, or serve them",
        details: """
            Prints requests, latencies, connections, workers and deploys in Prometheus' text format. With --listen, serves
            them over HTTP at /metrics, in the format that the scraper asks for (Prometheus' or OpenMetrics), until it is
            ended; it asks the master at each scrape, and says deployd_up 0 while there is none.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard let text = invocation.value(of: listen) else {
            StandardOutput.write(MetricsFormat.prometheus.text(try families(installation)))
            return .done
        }
        guard let address = SocketAddress(parsing: text) else {
            throw UsageError.badValue(
                listen.name, found: text, expected: "an address such as 127.0.0.1:9464 or unix:/run/metrics.sock"
            ).commandError(invocation.verb.name)
        }
        try ServedAddress.clear(address, for: invocation.verb)
        var application = Application()
        application.configuration.address = ServerAddress(stringLiteral: address.description)
        application.get(path, .blocking) { request in
            let format = MetricsFormat(accept: request.headers["accept"])
            let families = (try? families(installation)) ?? Metrics.down
            return Response(body: Array(format.text(families).utf8), type: format.type)
        }
        application.run()
    }

    private static func families(_ installation: Installation) throws(CommandError) -> [MetricFamily] {
        let event = try installation.ask(.status)
        guard case .status(let status) = event else {
            throw CommandError("metrics: the master gave no status")
        }
        return Metrics.families(status, try? History.load(of: installation.configuration))
    }
}
