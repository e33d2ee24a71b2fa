extension Report {
    /// The report for a person: one block of lines.
    package var text: String {
        let tally = record.tally
        var lines = [
            "strict-load \(plan.address)\(plan.path), \(plan.mode.rawValue), \(plan.connections) connections",
            line("time", elapsed.spelled + (wasAborted ? ", broken off" : "")),
            line("requests", "\(tally.requests)"),
            line("answered", "\(tally.answered), \(Int(answersPerSecond)) a second"),
            line(
                "connections", "\(tally.connections), of which the server announced to close \(tally.serverSaidClose)"),
            line("latency", latencyText),
            line("longest gap", "\(tally.gaps.longest.spelled) at \(tally.gaps.beganAt.spelled)"),
        ]
        lines += noteLines + versionLines
        lines.append(line("failed", "\(tally.failed)"))
        for kind in FailureKind.allCases where tally[kind] > 0 {
            lines.append(line("  \(kind.title)", "\(tally[kind])"))
        }
        lines += record.samples.prefix(20).map(Self.sampleLine)
        if tally[.client] > 0 { lines.append("The client itself gave out: this run says nothing about the server.") }
        if tally.answered == 0 { lines.append("Nothing was answered.") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 32 - name.count)) + value
    }

    private var latencyText: String {
        let latency = record.tally.latency
        let parts = Self.percentiles.map { name, permille in
            "\(name == "p999" ? "p99.9" : name) \(latency.percentile(permille: permille).spelled)"
        }
        return parts.joined(separator: ", ") + ", max \(latency.maximum.spelled)"
    }

    private var noteLines: [String] {
        let tally = record.tally
        let notes = [
            ("reset after its answer", tally.resetAfterAnswer), ("left open by the server", tally.leftOpen),
            ("idle closes allowed", tally.allowedIdleCloses),
        ]
        return notes.filter { $0.1 > 0 }.map { line($0.0, "\($0.1)") }
    }

    private var versionLines: [String] {
        let epochs = record.versions.epochs
        guard epochs.count > 0 else { return [] }
        let shown = epochs.prefix(12).map { "\($0.version) × \($0.count) from \($0.first.spelled)" }
        let more = epochs.count > shown.count ? ", …" : ""
        return [line("versions, \(epochs.count) in turn", shown.joined(separator: ", ") + more)]
    }

    private static func sampleLine(_ sample: FailureSample) -> String {
        "    \(sample.time.spelled), \(sample.kind.title), client \(sample.connection), "
            + "request \(sample.request) of its connection: \(sample.detail)"
    }
}
