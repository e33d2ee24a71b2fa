internal import DeployCore
internal import Linux

/// The loop of a master: waits, and calls the part whose descriptor is ready or whose deadline has come.
final class MasterLoop {
    private let master: Master
    private let parts: MasterParts
    private let signals: SignalDesk

    init(_ master: Master) {
        self.master = master
        parts = master.parts
        signals = SignalDesk(master)
    }

    /// Waits and acts until the machine says that it is over. The master makes no system call while nothing happens.
    func run(_ descriptor: borrowing SignalDescriptor) throws(SystemError) -> Int32 {
        try parts.loop.add(descriptor.number, .readable, Token(.signals))
        try parts.loop.add(parts.logs.number, .readable, Token(.logs))
        parts.logs.begin(keeping: parts.commands.outputs, at: Master.now())
        parts.generations.removeCondemned()
        parts.keeper.watch(parts.loop, parts.children, parts.log)
        for problem in master.problems.ofBacklogs { parts.log("\(problem.what): \(problem.advice)", .warning) }
        parts.presence.watch()
        tellManager()
        while master.exitCode == nil {
            parts.jobs.follow()
            master.endTurn()
            let deadline = nextDeadline
            let count = try parts.loop.wait(until: deadline)
            for index in 0..<count where !master.isLeaving { handle(parts.loop.ready(index), descriptor) }
            // Whatever came besides is for the next one.
            if master.isLeaving { break }
            expire(at: Master.now())
            parts.upgrader.advance(at: Master.now())
            // A turn in which nothing happened (the wait was interrupted) is no occasion.
            if count > 0 || deadline.map({ $0 <= Master.now() }) ?? false {
                master.status.lookIfDue(at: Master.now())
            }
            tellManager()
        }
        master.endTurn()
        return master.exitCode ?? 0
    }

    private func tellManager() { parts.manager.tell(master.machine, master.problems.inShort, at: Master.now()) }

    private var nextDeadline: Instant? {
        master.machine.nextDeadline.earlier(parts.nextDeadline).earlier(master.health.nextDeadline)
    }

    private func expire(at now: Instant) {
        master.feed(parts.probes.expire(at: now))
        master.feed(parts.requests.expire(at: now))
        parts.logs.expire(at: now)
        parts.commands.expire(at: now)
        parts.orphans.expire(at: now) {
            master.machine.generation($0)?.drainDeadlines(of: $1, at: now).requests
        }
        if let job = parts.jobQuery.expire(at: now) { signals.heard(job) }
        parts.certificates.expire(at: now)
        parts.workers.expire(at: now)
        for input in parts.clients.expire(at: now) { master.take(input) }
        parts.loop.expire(at: now)
        parts.listeners.expire(at: now)
        if master.machine.phase != .running { parts.maintenance.stop() }
        parts.maintenance.expire(at: now)
        parts.jobs.expire(at: now)
        master.exitWhenIdle()
        parts.store.expire(at: now, master.savedState)
        for worker in master.machine.lineage.silentWorkers(at: now) { master.feed(parts.workers.heard(worker)) }
        if let deadline = master.machine.nextDeadline, deadline <= now { master.feed(.tick) }
    }

    /// The part that a token belongs to.
    private func handle(_ ready: Epoll.Ready, _ descriptor: borrowing SignalDescriptor) {
        guard let token = Token(number: ready.token) else { return }
        let worker = WorkerNumber(rawValue: Int(token.serial))
        switch token.kind {
        case .signals: for received in descriptor.received() where !master.isLeaving { signals.take(received) }
        case .control: for input in parts.clients.ready(ready) { master.take(input) }
        case .process:
            // What a worker said last is heard before it is reaped.
            master.feed(parts.workers.heardLast(worker))
            let grace = parts.settings.configuration.policies.killGrace
            if let exit = parts.workers.ended(worker, grace: grace) { master.feed([exit]) }
        case .notify: master.feed(parts.workers.heard(worker))
        case .acknowledge: master.feed(parts.workers.acknowledged(worker))
        case .probe: master.feed(parts.probes.ready(token.serial))
        case .logs: parts.logs.handleReady(at: Master.now())
        case .helper: if let helper = parts.children.ended(token.serial) { master.pruner.ended(helper) }
        case .hook: master.feed(parts.commands.hookEnded(token.serial))
        case .hookOutput: parts.commands.hookPrinted()
        case .test: master.feed(parts.commands.testEnded(token.serial))
        case .testOutput: parts.commands.testPrinted()
        case .orphan: parts.orphans.ended(token.serial)
        case .names: parts.listeners.namesChanged()
        case .lane: parts.listeners.laneReady(token.serial, ready.events)
        case .relay: parts.listeners.stragglers.relayReady(token.serial, ready.events)
        case .keeper: parts.keeper.ended(token.serial)
        case .forward: parts.handovers.ready(token.serial)
        case .trial: parts.upgrader.ready()
        case .presence: if parts.presence.isBroken() { signals.mendPresence() }
        case .certificates: parts.certificates.ready()
        case .maintenance: parts.maintenance.ready(token.serial)
        case .run: parts.jobs.ended(token.serial)
        case .clock: parts.jobs.clockTold()
        case .job: if let job = parts.jobQuery.ready() { signals.heard(job) }
        }
    }
}
