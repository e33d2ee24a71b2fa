internal import DeployCore
internal import Linux

/// The two sides of an exec: what this image of the master leaves, and what the next one takes up.
final class MasterExec: UpgradeHost {
    private unowned let master: Master
    private let parts: MasterParts
    private(set) var startedAt = Master.now()
    /// When this program took the place of another under the same pid; nil: it did not.
    private(set) var upgradedAt: Instant?

    init(_ master: Master) {
        self.master = master
        parts = master.parts
    }

    var clients: Clients { parts.clients }
    var machine: Machine { master.machine }
    var isStopping: Bool { machine.phase != .running }

    var situation: UpgradeMachine.Situation {
        let isHeldUp = ClosingQueue.isBusy || BoundedCalls.isBusy
        return UpgradeMachine.Situation(
            occupation: occupation,
            // No answer waits to be read, no straggler's bytes wait to be carried, no connection waits to be passed on, and
            // nothing that a worker sent waits to be closed.
            isQuiet: !clients.server.hasUnsent && !master.status.isAwaited && parts.listeners.stragglers.isQuiet
                && parts.handovers.isQuiet && !isHeldUp,
            isHeldUp: isHeldUp)
    }

    private var occupation: String? {
        if machine.deployment != nil { return "another deploy is under way: \(machine.deploymentInWords)" }
        if !machine.queue.isEmpty { return "a deploy waits until fewer generations drain" }
        if parts.maintenance.isOpening { return "maintenance is being turned on" }
        return parts.requests.isEmpty ? nil : "the number of workers is being changed"
    }

    func save(synchronously: Bool, ahead: Int) -> SystemError? {
        master.save(synchronously: synchronously, ahead: ahead)
    }

    func pass(to next: ExecState, _ client: ControlClientID?) {
        next["version"] = Version.current
        next["files"] = parts.launcher.softFiles.map { "\($0)" }
        next["started"] = "\(startedAt.sinceBoot.microseconds)"
        parts.presence.pass(to: next)
        clients.server.pass(to: next, client)
        parts.keeper.pass(to: next)
        for worker in parts.workers.living {
            next.leave(worker.notifyNumber, as: "\(ExecState.Name.notify)\(worker.number)")
            if let board = worker.scoreboardNumber { next.leave(board, as: "\(ExecState.Name.board)\(worker.number)") }
        }
        parts.listeners.stragglers.pass(to: next)
    }

    /// Takes up what the image before left, once the master goes on: who waits for an answer gets it from here.
    func takeUp(_ passed: ExecState) {
        let now = Master.now()
        if let started = passed.instant("started") { startedAt = started }
        upgradedAt = now
        parts.listeners.stragglers.takeUp(passed)
        let client = clients.server.takeUp(passed, on: parts.loop.epoll, at: now.sinceBoot)
        parts.children.adoptAll(
            but: parts.maintenance.pids.union(parts.jobs.pids).union(parts.workers.living.map(\.pid)))
        let before = passed["version"] ?? "?"
        parts.log(
            "deployd \(Version.current) (\(parts.program)) runs under pid \(ThisProcess.pid) in place of \(before)")
        let took = passed.instant("asked").map { now - $0 }
        parts.records.recordUpgrade(
            from: before, to: parts.program, serving: machine.generation(machine.serving), by: passed.who ?? .master,
            took: took ?? .zero)
        let message =
            "deployd \(Version.current) runs as the master, pid \(ThisProcess.pid), in place of \(before)"
        clients.send(
            .done(
                DoneEvent(
                    .completed, message: message, serving: ServingReport(machine),
                    milliseconds: took?.inMilliseconds)), to: client)
    }

    func leave() {
        // systemd may be unable to run what else makes way for the next one.
        try? ServiceGroup.admitMaster()
        master.isLeaving = true
        master.exitCode = 0
    }
}
