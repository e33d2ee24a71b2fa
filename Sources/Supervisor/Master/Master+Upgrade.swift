internal import DeployCore
internal import Linux

// The two sides of an exec: what this image leaves, and what the next one takes up.
extension Master: UpgradeHost {
    var isStopping: Bool { machine.phase != .running }

    var situation: UpgradeMachine.Situation {
        let isHeldUp = ClosingQueue.isBusy || BoundedCalls.isBusy
        return UpgradeMachine.Situation(
            occupation: occupation,
            // No answer waits to be read, no straggler's bytes wait to be carried, no connection waits to be passed on, and
            // nothing that a worker sent waits to be closed.
            isQuiet: !clients.server.hasUnsent && !status.isAwaited && listeners.stragglers.isQuiet
                && handovers.isQuiet && !isHeldUp,
            isHeldUp: isHeldUp)
    }

    private var occupation: String? {
        if machine.deployment != nil { return "another deploy is under way: \(machine.deploymentInWords)" }
        if !machine.queue.isEmpty { return "a deploy waits until fewer generations drain" }
        return requests.isEmpty ? nil : "the number of workers is being changed"
    }

    func pass(to next: ExecState, _ client: ControlClientID?) {
        next["version"] = Version.current
        next["files"] = launcher.softFiles.map { "\($0)" }
        next["started"] = "\(startedAt.sinceBoot.microseconds)"
        presence.pass(to: next)
        clients.server.pass(to: next, client)
        keeper.pass(to: next)
        for worker in workers.living {
            next.leave(worker.notifyNumber, as: "\(ExecState.Name.notify)\(worker.number)")
            if let board = worker.scoreboardNumber { next.leave(board, as: "\(ExecState.Name.board)\(worker.number)") }
        }
        listeners.stragglers.pass(to: next)
    }

    /// Takes up what the image before left, behind `resume`: who waits for an answer gets it from here.
    func takeUp(_ passed: ExecState) {
        let now = Self.now()
        if let started = passed.instant("started") { startedAt = started }
        upgradedAt = now
        listeners.stragglers.takeUp(passed)
        let client = clients.server.takeUp(passed, on: loop.epoll, at: now.sinceBoot)
        children.adoptAll(but: Set(workers.living.map(\.pid)))
        let before = passed["version"] ?? "?"
        log("deployd \(Version.current) (\(program)) runs under pid \(ThisProcess.pid) in place of \(before)")
        let took = passed.instant("asked").map { now - $0 }
        records.recordUpgrade(
            from: before, to: program, serving: machine.generation(machine.serving), by: passed.who ?? .master,
            took: took ?? .zero)
        clients.send(
            .done(
                DoneEvent(
                    .completed,
                    message: "deployd \(Version.current) runs as the master, pid \(ThisProcess.pid), "
                        + "in place of \(before)",
                    serving: ServingReport(machine),
                    milliseconds: took?.inMilliseconds)), to: client)
    }

    func leave() {
        // systemd may be unable to run what else makes way for the next one.
        try? ServiceGroup.admitMaster()
        isLeaving = true
        exitCode = 0
    }
}
