internal import DeployCore

/// Explains a failed deploy by the generation's own output, and by the way in which its workers ended.
struct Diagnosis {
    let logs: GenerationLogs

    /// The last lines that say something new, at most `count`; of several kinds of processes each its share, each line with
    /// its kind.
    func lastWords(of generation: GenerationNumber, _ count: Int, healthPath: String, isMet: Bool) -> [String] {
        let names = count > 0 ? logs.names(of: generation) : []
        let share = max(1, count / max(1, names.count))
        return names.flatMap { name in
            let lines = logs.lines(of: generation, process: name.process)
            let shown = LogExcerpt(lines, healthPath: healthPath, isMet: isMet).last(share)
            return names.count == 1 ? shown : shown.map { "\(name.kind) | \($0)" }
        }
    }

    /// A likely cause of a worker's end, and advice; empty if nothing points to one.
    func hint(on failure: Failure, of generation: GenerationNumber, _ release: RunnableRelease?) -> String {
        switch failure {
        case .exitedEarly(let worker): return portHint(worker, generation) + limitHint(worker, release)
        case .exitedDuringWatch(let worker): return limitHint(worker, release)
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .unfit, .neverReady, .notAnswering, .answersBadly,
            .notSteered,
            .evidence, .deserted, .nowhereToGoBack, .notCommitted, .undoneByOperator, .masterStopped, .machineDied,
            .masterDied:
            return ""
        }
    }

    private func limitHint(_ worker: LostWorker, _ release: RunnableRelease?) -> String {
        guard let release else { return "" }
        let order = worker.slot.process.flatMap { release.process($0)?.order } ?? release.order
        return LimitHint.text(on: worker.end, limits: order.limits, generation: release.groupLimits)
    }

    /// That a worker ended since its port was taken, by the old generation for instance; empty where that is not what it
    /// wrote.
    private func portHint(_ worker: LostWorker, _ generation: GenerationNumber) -> String {
        let lines = logs.lines(of: generation, process: worker.slot.process)
        let isTaken = lines.contains { line in
            let line = line.lowercased()
            return line.contains("eaddrinuse") || line.contains("address already in use")
        }
        return isTaken ? "; its address was in use; \(Probe.portHint)" : ""
    }
}
