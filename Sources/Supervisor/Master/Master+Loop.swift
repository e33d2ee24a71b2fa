internal import DeployCore
internal import Linux

extension Master {
    /// Waits and acts until the machine says that it is over. The master makes no system call while nothing happens.
    func run(_ signals: borrowing SignalDescriptor) throws(SystemError) -> Int32 {
        try loop.add(signals.number, .readable, Token(.signals))
        try loop.add(logs.number, .readable, Token(.logs))
        logs.begin(
            keeping: commands.outputs, at: Self.now())
        generations.removeCondemned()
        keeper.watch(loop, children, log)
        for problem in problems.ofBacklogs { log("\(problem.what): \(problem.advice)", .warning) }
        presence.watch()
        manager.tell(machine, problems.inShort, at: Self.now())
        while exitCode == nil {
            endTurn()
            let deadline = nextDeadline
            let count = try loop.wait(until: deadline)
            for index in 0..<count where !isLeaving { handle(loop.ready(index), signals) }
            // Whatever came besides is for the next one.
            if isLeaving { break }
            expire(at: Self.now())
            upgrader.advance(at: Self.now())
            // A turn in which nothing happened (the wait was interrupted) is no occasion.
            if count > 0 || deadline.map({ $0 <= Self.now() }) ?? false { status.lookIfDue(at: Self.now()) }
            manager.tell(machine, problems.inShort, at: Self.now())
        }
        endTurn()
        return exitCode ?? 0
    }

    private var nextDeadline: Instant? {
        machine.nextDeadline.earlier(commands.nextDeadline).earlier(logs.nextDeadline).earlier(requests.nextDeadline)
            .earlier(probes.nextDeadline).earlier(manager.nextDeadline)
            .earlier(clients.nextDeadline).earlier(upgrader.nextDeadline)
            .earlier(orphans.nextDeadline).earlier(loop.nextDeadline)
            .earlier(listeners.nextDeadline).earlier(jobQuery.nextDeadline)
            .earlier(workers.nextDeadline).earlier(health.nextDeadline).earlier(store.nextDeadline)
    }

    private func expire(at now: Instant) {
        feed(probes.expire(at: now))
        feed(requests.expire(at: now))
        logs.expire(at: now)
        commands.expire(at: now)
        orphans.expire(at: now) { machine.generation($0)?.drainDeadlines(of: $1, at: now).requests }
        if let job = jobQuery.expire(at: now) { heard(job) }
        workers.expire(at: now)
        for input in clients.expire(at: now) { take(input) }
        loop.expire(at: now)
        listeners.expire(at: now)
        store.expire(at: now, savedState)
        for worker in machine.silentWorkers(at: now) { feed(workers.heard(worker)) }
        if let deadline = machine.nextDeadline, deadline <= now { feed(.tick) }
    }

    private func handle(_ ready: Epoll.Ready, _ signals: borrowing SignalDescriptor) {
        guard let token = Token(number: ready.token) else { return }
        switch token.kind {
        case .signals: for received in signals.received() where !isLeaving { take(received) }
        case .control: for input in clients.ready(ready) { take(input) }
        case .process: ended(WorkerNumber(rawValue: Int(token.serial)))
        case .notify: feed(workers.heard(WorkerNumber(rawValue: Int(token.serial))))
        case .acknowledge: feed(workers.acknowledged(WorkerNumber(rawValue: Int(token.serial))))
        case .probe: feed(probes.ready(token.serial))
        case .logs: logs.handleReady(at: Self.now())
        case .helper: if let helper = children.ended(token.serial) { pruner.ended(helper) }
        case .hook: feed(commands.hookEnded(token.serial))
        case .hookOutput: commands.hookPrinted()
        case .test: feed(commands.testEnded(token.serial))
        case .testOutput: commands.testPrinted()
        case .orphan: orphans.ended(token.serial)
        case .names: listeners.namesChanged()
        case .lane: listeners.laneReady(token.serial, ready.events)
        case .relay: listeners.stragglers.relayReady(token.serial, ready.events)
        case .keeper: keeper.ended(token.serial)
        case .forward: handovers.ready(token.serial)
        case .trial: upgrader.ready()
        case .presence: if presence.isBroken() { mendPresence() }
        case .job: if let job = jobQuery.ready() { heard(job) }
        }
    }

    /// What a worker said last is heard before it is reaped.
    private func ended(_ worker: WorkerNumber) {
        feed(workers.heardLast(worker))
        if let exit = workers.ended(worker, grace: settings.configuration.policies.killGrace) { feed([exit]) }
    }

    /// TERM and INT ask for a clean stop; asked again, for one at once. HUP asks for a reload, and for a stop when it comes
    /// because the terminal was closed on which the master was started. USR2 asks for an upgrade. USR1 ends the master and
    /// nothing else.
    private func take(_ received: SignalDescriptor.Received) {
        switch received.signal {
        case .term where asksSystemd(received): break
        case .term, .int:
            let again = machine.phase != .running
            log("\(received.inWords): \(again ? "stopping at once" : "stopping")")
            feed(.stop(nil, now: again))
        case .hup where terminal?.isClosed == true:
            guard machine.phase == .running else { return }
            log("the terminal on which this was started is closed: stopping; a service goes on (`deployd unit`)")
            feed(.stop(nil, now: false))
        case .hup:
            log("\(received.inWords): reload")
            mendPresence()
            feed(reloader.reload(by: HistoryRecord.Who(uid: received.uid, pid: received.pid), client: nil))
        case .usr2:
            log("\(received.inWords): upgrade to \(program)")
            let who = HistoryRecord.Who(uid: received.uid, pid: received.pid)
            upgrader.begin(to: nil, DeployTerms(wait: true), by: who, client: nil)
        case .usr1:
            log("\(received.inWords): the master ends; workers and sockets stay")
            leave()
        case .chld: children.reapOrphans(but: ownChildren)
        default:
            log("\(received.inWords): it has no meaning here; `deployd help` lists the verbs")
        }
    }

    /// Whether SIGTERM came from systemd, which has to say first whether the service is to be started again.
    private func asksSystemd(_ received: SignalDescriptor.Received) -> Bool {
        guard machine.phase == .running, manager.sent(received) else { return false }
        return upgrader.isFarewell || jobQuery.begin(after: received.signal)
    }

    /// systemd has said what it is about to do.
    private func heard(_ job: ServiceJob) {
        guard machine.phase == .running else { return }
        guard job == .restart else {
            log("stopping")
            return feed(.stop(nil, now: false))
        }
        upgrader.bidFarewell(by: HistoryRecord.Who(uid: 0, pid: 1))
    }

    private func mendPresence() { presence.mend(&clients.server, keeper, store, savedState) }

    /// Children that somebody here waits for.
    private var ownChildren: Set<Int32> {
        var own = Set(workers.living.map(\.pid) + commands.pids)
        if let process = keeper.process { own.insert(process.pid) }
        own.formUnion([jobQuery.pid, upgrader.pid].compactMap(\.self))
        return own
    }
}
