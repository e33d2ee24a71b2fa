internal import Linux

extension Master {
    /// Waits and acts until the machine says that it is over. The master makes no system call while nothing happens.
    func run(_ signals: borrowing SignalDescriptor) throws(SystemError) -> Int32 {
        try epoll.add(signals.number, .readable, token: Token(.signals).number)
        try epoll.add(logs.number, .readable, token: Token(.logs).number)
        logs.begin(
            keeping: Set([hook?.session.output.path, test?.session.output.path].compactMap { $0 }), at: Self.now())
        removeCondemned()
        watchKeeper()
        for problem in backlogProblems { log("\(problem.what): \(problem.advice)", .warning) }
        watchPlace()
        manager.tell(machine, problemInShort, at: Self.now())
        while exitCode == nil {
            let deadline = nextDeadline
            let timeout = deadline.map { max(.zero, $0 - Self.now()) }
            let count = try epoll.wait(timeout: timeout)
            census = nil
            for index in 0..<count where !isLeaving { handle(epoll.ready(index), signals) }
            // Whatever came besides is for the next one.
            if isLeaving { break }
            expire(at: Self.now())
            advanceUpgrade()
            // A turn in which nothing happened (the wait was interrupted) is no occasion.
            if count > 0 || deadline.map({ $0 <= Self.now() }) ?? false { lookAfterHealth(at: Self.now()) }
            manager.tell(machine, problemInShort, at: Self.now())
        }
        return exitCode ?? 0
    }

    private var nextDeadline: Instant? {
        machine.nextDeadline.earlier(hookDeadline).earlier(logs.nextDeadline).earlier(requests.nextDeadline)
            .earlier(probes.values.map(\.deadline).min()).earlier(manager.nextDeadline)
            .earlier(control.nextDeadline.map { Instant(sinceBoot: $0) }).earlier(upgradeDeadline)
            .earlier(test?.nextDeadline).earlier(remainsDeadline).earlier(pauses.nextDeadline).earlier(lockUpAt)
            .earlier(listeners.compactMap(\.nextDeadline).min()).earlier(laneLook?.at).earlier(questionDeadline)
            .earlier(voiceDeadline).earlier(attention.nextDeadline).earlier(heldBackDeadline).earlier(saveAgainAt)
    }

    private func expire(at now: Instant) {
        expireProbes(at: now)
        expireRequests(at: now)
        logs.expire(at: now)
        if hookDeadline != nil { hookPrinted() }
        expireTest(at: now)
        expireRemains(at: now)
        expireQuestion(at: now)
        expireVoices(at: now)
        if let deadline = control.nextDeadline, deadline <= now.sinceBoot {
            for input in control.expire(on: epoll, at: now.sinceBoot) { take(input) }
        }
        passOnHeldBack()
        pauses.end(on: epoll, at: now)
        expireLanes(at: now)
        settleLanes(at: now)
        if let moment = lockUpAt, moment <= now { lockUp() }
        if let moment = saveAgainAt, moment <= now { _ = save(synchronously: false) }
        for worker in machine.silentWorkers(at: now) { heard(worker) }
        if let deadline = machine.nextDeadline, deadline <= now { feed(.tick) }
    }

    private func handle(_ ready: Epoll.Ready, _ signals: borrowing SignalDescriptor) {
        guard let token = Token(number: ready.token) else { return }
        switch token.kind {
        case .signals:
            takeAll(signals)
        case .control:
            for input in control.handleReady(ready, on: epoll, at: MonotonicClock.now()) { take(input) }
        case .process: ended(WorkerNumber(rawValue: Int(token.serial)))
        case .notify: heard(WorkerNumber(rawValue: Int(token.serial)))
        case .acknowledge: acknowledged(WorkerNumber(rawValue: Int(token.serial)))
        case .probe: advanceProbe(token.serial)
        case .logs: logs.handleReady(at: Self.now())
        case .helper: helperEnded(token.serial)
        case .hook: hookEnded(token.serial)
        case .hookOutput: hookPrinted()
        case .test: testEnded(token.serial)
        case .testOutput: testPrinted()
        case .remains: remainEnded(token.serial)
        case .names: namesChanged()
        case .lane: laneReady(token.serial, ready.events)
        case .relay: advanceRelay(token.serial, ready.events)
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
            log("\(received.signal) from process \(received.pid): \(again ? "stopping at once" : "stopping")")
            feed(.stop(nil, now: again))
        case .hup where terminal?.isClosed == true:
            guard machine.phase == .running else { return }
            log("the terminal on which this was started is closed: stopping; a service goes on (`deployd unit`)")
            feed(.stop(nil, now: false))
        case .hup:
            log("\(received.signal) from process \(received.pid): reload")
            mendPlace()
            reload(by: HistoryRecord.Who(uid: received.uid, pid: received.pid), client: nil)
        case .usr2:
            log("\(received.signal) from process \(received.pid): upgrade to \(program)")
            let who = HistoryRecord.Who(uid: received.uid, pid: received.pid)
            upgrade(to: nil, DeployTerms(wait: true), by: who, client: nil)
        case .usr1:
            log("\(received.signal) from process \(received.pid): the master ends; workers and sockets stay")
            leave()
        case .chld: reapOrphans()
        default:
            log(
                "\(received.signal) from process \(received.pid): it has no meaning here; `deployd help` lists the verbs"
            )
        }
    }

    /// Hears when the keeper ends, and reaps it if it is this master's child.
    func watchKeeper() {
        keeperSerial = nextSerial()
        if let number = keeper.number {
            try? epoll.add(number, .readable, token: Token(.keeper, keeperSerial).number)
        }
        if let process = keeper.process {
            let serial = nextSerial()
            helpers[serial] = process
            try? epoll.add(process.number, .readable, token: Token(.helper, serial).number)
        }
    }

    /// The keeper is gone: another one takes its place.
    private func keeperGone(_ serial: UInt64) {
        guard serial == keeperSerial, let number = keeper.number else { return }
        try? epoll.remove(number)
        say("keeper", "the keeper of the lanes is gone; another is started", .warning)
        keeper.restart()
        watchKeeper()
    }
}
