internal import DeployCore
internal import Linux

/// The worker that answers users during maintenance, as the next master needs it.
struct SavedMaintenance: Codable, Equatable, Sendable {
    let worker: DurableWorker
    /// See ``WorkerProcess/handoverVersion``.
    let handoverVersion: Int
    /// The user that must be able to write to its notify socket; nil: the master's own.
    let owner: UInt32?

    init(_ process: WorkerProcess, owner: UInt32?) {
        self.owner = owner
        worker = DurableWorker(
            ready: process.number, slot: process.slot, process: process.identity, level: process.level)
        handoverVersion = process.handoverVersion
    }

    /// Whether its process lives.
    var isAlive: Bool {
        guard let process = worker.process, let status = ProcessStatus(of: process.pid) else { return false }
        return status.startTime == process.startTime && !status.isZombie
    }
}

extension SavedState {
    /// Ends a worker of maintenance that nobody goes on with: it has the addresses. Blocks for as long as that takes.
    func endMaintenance() {
        guard isOfThisBoot, let maintenance, maintenance.isAlive else { return }
        [maintenance.worker.process].compactMap(\.self).end(within: Defaults.killGrace)
    }
}
