internal import Linux
internal import Supervisor

/// What there is to measure, from the master's status and the history of its deploys.
///
/// The values of labels are few: generations that are here now, their kinds of processes, listeners, verbs, outcomes. A
/// generation that has ended takes its series with it, as a machine of a fleet does.
enum Metrics {
    /// Those that tell that no master answers.
    static let down = [up(0)]

    /// - Parameter history: nil where it cannot be read.
    static func families(_ status: StatusReport, _ history: History?) -> [MetricFamily] {
        let generations = status.generations.map(GenerationMetrics.init)
        return [up(1)] + master(status) + GenerationMetrics.families(generations)
            + deploys(status, history) + listeners(status)
    }

    private static func up(_ value: Double) -> MetricFamily {
        MetricFamily("deployd_up", "Whether the master answers.", value: value)
    }

    private static func master(_ status: StatusReport) -> [MetricFamily] {
        var families = [
            MetricFamily(
                "deployd_build_info", "The version that runs as the master.", value: 1,
                [.init("version", status.deployd)]),
            MetricFamily(
                "deployd_master_uptime_seconds", "How long this process has been the master.",
                value: Double(status.master.uptimeSeconds)),
            MetricFamily(
                "deployd_maintenance", "Whether users get 503 and a page (`deployd maintenance on`).",
                value: status.maintenance == nil ? 0 : 1),
            MetricFamily(
                "deployd_problems", "Problems that `deployd status` shows.", value: Double(status.problems.count)),
        ]
        if let bytes = status.master.residentBytes {
            families.append(
                MetricFamily("deployd_master_resident_memory_bytes", "The master's own memory.", value: Double(bytes)))
        }
        if let serving = status.serving {
            families.append(
                MetricFamily(
                    "deployd_serving_generation", "The number of the generation that gets new connections.",
                    value: Double(serving)))
        }
        return families
    }

    private static func listeners(_ status: StatusReport) -> [MetricFamily] {
        var stragglers = MetricFamily(
            "deployd_stragglers", "Connections that arrived late at a retired lane and were passed on.", .counter)
        for listener in status.listeners {
            stragglers.add(Double(listener.stragglers ?? 0), [.init("listener", listener.name)])
        }
        return [stragglers]
    }

    private static func deploys(_ status: StatusReport, _ history: History?) -> [MetricFamily] {
        var families = [
            MetricFamily(
                "deployd_deploy_under_way", "Whether a deploy, restart or roll-back is under way.",
                value: status.deployment == nil ? 0 : 1),
            MetricFamily(
                "deployd_deploys_queued", "Deploys that wait behind the one under way.",
                value: Double(status.queuedDeploys)),
        ]
        guard let history else { return families }
        var count = MetricFamily(
            "deployd_deploys", "Deploys, restarts and roll-backs that are over, as far as the history goes back.",
            .counter)
        var time = MetricFamily("deployd_deploy_seconds", "How long they took, together.", .counter)
        let ended = Dictionary(grouping: history.deploys) { [$0.verb, $0.outcome.rawValue] }
        for (names, records) in ended.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let labels = [MetricFamily.Label("verb", names[0]), .init("outcome", names[1])]
            count.add(Double(records.count), labels)
            time.add(records.flatMap(\.steps).reduce(0) { $0 + $1.milliseconds } / 1000, labels)
        }
        families += [count, time]
        if let last = history.deploys.last.flatMap({ WallClock.parse($0.time) }) {
            families.append(
                MetricFamily(
                    "deployd_last_deploy_timestamp_seconds", "When the last of them ended, in Unix time.",
                    value: Double(last.components.seconds)))
        }
        return families
    }
}
