internal import DeployCore
internal import Linux

extension Master {
    /// Waits and acts until the machine says that it is over. The master makes no system call while nothing happens.
    func run(_ signals: borrowing SignalDescriptor) throws(SystemError) -> Int32 {
        try loop.add(signals.number, .readable, Token(.signals))
        try loop.add(logs.number, .readable, Token(.logs))
        logs.begin(
            keeping: commands.outputs, at: Self.now())
        removeCondemned()
        watchKeeper()
        for problem in backlogProblems { log("\(problem.what): \(problem.advice)", .warning) }
        watchPlace()
        manager.tell(machine, problemInShort, at: Self.now())
        while exitCode == nil {
            endTurn()
            let deadline = nextDeadline
            let count = try loop.wait(until: deadline)
            census = nil
            for index in 0..<count where !isLeaving { handle(loop.ready(index), signals) }
            // Whatever came besides is for the next one.
            if isLeaving { break }
            expire(at: Self.now())
            advanceUpgrade()
            // A turn in which nothing happened (the wait was interrupted) is no occasion.
            if count > 0 || deadline.map({ $0 <= Self.now() }) ?? false { lookAfterHealth(at: Self.now()) }
            manager.tell(machine, problemInShort, at: Self.now())
        }
        endTurn()
        return exitCode ?? 0
    }

    private var nextDeadline: Instant? {
        machine.nextDeadline.earlier(commands.nextDeadline).earlier(logs.nextDeadline).earlier(requests.nextDeadline)
            .earlier(probes.nextDeadline).earlier(manager.nextDeadline)
            .earlier(control.nextDeadline.map { Instant(sinceBoot: $0) }).earlier(upgradeDeadline)
            .earlier(remainsDeadline).earlier(loop.nextDeadline)
            .earlier(listeners.nextDeadline).earlier(questionDeadline)
            .earlier(voiceDeadline).earlier(attention.nextDeadline).earlier(saveAgainAt)
    }

    private func expire(at now: Instant) {
        feed(probes.expire(at: now))
        expireRequests(at: now)
        logs.expire(at: now)
        commands.expire(at: now)
        expireRemains(at: now)
        expireQuestion(at: now)
        expireVoices(at: now)
        if let deadline = control.nextDeadline, deadline <= now.sinceBoot {
            for input in control.expire(on: loop.epoll, at: now.sinceBoot) { take(input) }
        }
        loop.expire(at: now)
        listeners.expire(at: now)
        if let moment = saveAgainAt, moment <= now {
            // What there is room for is written; that there is enough for what may come is another thing.
            saveIfChanged()
            _ = save(synchronously: false, ahead: Self.statesAhead)
        }
        for worker in machine.silentWorkers(at: now) { heard(worker) }
        if let deadline = machine.nextDeadline, deadline <= now { feed(.tick) }
    }

    private func handle(_ ready: Epoll.Ready, _ signals: borrowing SignalDescriptor) {
        guard let token = Token(number: ready.token) else { return }
        switch token.kind {
        case .signals:
            takeAll(signals)
        case .control:
            for input in control.handleReady(ready, on: loop.epoll, at: MonotonicClock.now()) { take(input) }
        case .process: ended(WorkerNumber(rawValue: Int(token.serial)))
        case .notify: heard(WorkerNumber(rawValue: Int(token.serial)))
        case .acknowledge: acknowledged(WorkerNumber(rawValue: Int(token.serial)))
        case .probe: feed(probes.ready(token.serial))
        case .logs: logs.handleReady(at: Self.now())
        case .helper: helperEnded(token.serial)
        case .hook: feed(commands.hookEnded(token.serial))
        case .hookOutput: commands.hookPrinted()
        case .test: feed(commands.testEnded(token.serial))
        case .testOutput: commands.testPrinted()
        case .remains: remainEnded(token.serial)
        case .names: listeners.namesChanged()
        case .lane: listeners.laneReady(token.serial, ready.events)
        case .relay: listeners.stragglers.relayReady(token.serial, ready.events)
        case .keeper: keeperGone(token.serial)
        case .forward: advanceForward(token.serial)
        case .trial: advanceTrial()
        case .place: if place.isBroken() { mendPlace() }
        case .job: advanceQuestion()
        }
    }

    /// Who is told to leave does so, whatever was sent behind that: systemd sends SIGTERM too.
    private func takeAll(_ signals: borrowing SignalDescriptor) {
        var all: [SignalDescriptor.Received] = []
        while let received = try? signals.read() { all.append(received) }
        if let leave = all.first(where: { $0.signal == .usr1 }) { all = [leave] }
        for received in all where !isLeaving { take(received) }
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
            mendPlace()
            reload(by: HistoryRecord.Who(uid: received.uid, pid: received.pid), client: nil)
        case .usr2:
            log("\(received.inWords): upgrade to \(program)")
            let who = HistoryRecord.Who(uid: received.uid, pid: received.pid)
            upgrade(to: nil, DeployTerms(wait: true), by: who, client: nil)
        case .usr1:
            log("\(received.inWords): the master ends; workers and sockets stay")
            leave()
        case .chld: children.reapOrphans(but: ownChildren)
        default:
            log("\(received.inWords): it has no meaning here; `deployd help` lists the verbs")
        }
    }

    /// Hears when the keeper ends, and reaps it if it is this master's child.
    func watchKeeper() {
        keeperSerial = loop.nextSerial()
        if let number = keeper.number {
            try? loop.add(number, .readable, Token(.keeper, keeperSerial))
        }
        if let process = keeper.process {
            children.adopt(process)
        }
    }

    /// The keeper is gone: another one takes its place.
    private func keeperGone(_ serial: UInt64) {
        guard serial == keeperSerial, let number = keeper.number else { return }
        loop.remove(number)
        log.seldom("keeper", "the keeper of the lanes is gone; another is started", .warning)
        keeper.restart()
        watchKeeper()
    }

    /// Children that somebody here waits for.
    private var ownChildren: Set<Int32> {
        var own = Set(workers.values.map(\.pid) + commands.pids)
        if let process = keeper.process { own.insert(process.pid) }
        if let question { own.insert(question.pid) }
        if let upgrade, case .trying(let trial) = upgrade.stage { own.insert(trial.pid) }
        return own
    }
}

extension SignalDescriptor.Received {
    /// The signal, and who sent it. The terminal is the kernel, which has no pid; neither has a process that cannot be seen
    /// from within a container.
    var inWords: String {
        guard pid == 0 else { return "\(signal) from process \(pid)" }
        return signal == .int ? "Ctrl-C" : "\(signal)"
    }
}
