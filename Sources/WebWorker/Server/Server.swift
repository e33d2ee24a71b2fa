internal import Handoff
internal import Linux

/// One worker: one thread around one epoll. It accepts from its lanes, serves, and drains when it is told to.
///
/// Each part owns its descriptors, their state and their deadline; what a connection's step needs is in the `Turn` that is
/// passed to all of them. A turn reads once from each ready connection, answers all whole requests that came, and sends
/// all these answers at once. When nothing happens it makes no system call.
///
/// Server, turn and parts are structs, so that the compiler itself proves that no two accesses to their state overlap: as
/// a class the loop spent a third of its own time on pipelined requests in proving it at run time.
struct Server: ~Copyable {
    enum Ending: Equatable, Sendable {
        /// Everything was answered, or the drain's time was over.
        case drained
        /// A second signal asked for an end at once.
        case killed
    }

    private var turn: Turn
    private var lanes: Lanes
    private var adoption: Adoption
    private var handover = Handover()
    private var drain = Drain()
    private var supervisor: SupervisorLink
    private let signals: SignalChannel?
    private var ending: Ending?

    /// A server over what was inherited; `signals` is nil in tests, where no process is its own.
    init(
        _ site: Site, _ configuration: Configuration, _ inheritance: Inheritance, signals: SignalChannel?
    ) throws(SystemError) {
        turn = try Turn(site, configuration, scoreboard: inheritance.scoreboard, tls: inheritance.tls)
        lanes = Lanes(inheritance.lanes)
        adoption = Adoption(inheritance.handover)
        supervisor = SupervisorLink(inheritance, at: turn.now)
        self.signals = signals
    }

    /// Serves until it is drained. Says READY when it accepts.
    mutating func run() throws(SystemError) -> Ending {
        try watch()
        supervisor.sayReady(
            handoverVersion: adoption.isOpen ? turn.tls == nil ? 1 : 2 : 0, terminatesTLS: turn.tls != nil)
        while true {
            let count = try turn.epoll.wait(timeout: timeout())
            turn.begin()
            for index in 0..<count { dispatch(turn.epoll.ready(index)) }
            lanes.endRest(&turn)
            adoption.endRest(&turn)
            turn.runTimers()
            turn.runTasks()
            turn.runUpstreams()
            turn.runStreams()
            supervisor.beat(at: turn.now)
            handover.send(&turn)
            let ending = ending ?? drainEnding()
            turn.end()
            if let ending {
                turn.close()
                return ending
            }
        }
    }

    private mutating func watch() throws(SystemError) {
        if let signals { try turn.epoll.add(signals.number, .readable, token: Source.signals) }
        if let control = supervisor.control { try turn.epoll.add(control.number, .readable, token: Source.control) }
        try turn.watch()
        try adoption.watch(turn.epoll)
        try lanes.watch(turn.epoll)
    }

    private mutating func dispatch(_ ready: Epoll.Ready) {
        guard ready.token >> 32 == 0 else { return turn.ready(ready.token, ready.events) }
        switch ready.token {
        case Source.signals: readSignals()
        case Source.control: readControl(isBroken: ready.events.contains(.hangUp))
        case Source.pool: turn.takeResults()
        case Source.port: adoption.ready(&turn)
        case Source.line: handover.ready(&turn)
        case Source.mailbox: break  // It was drained when the loop woke; the turn runs what there is.
        default: lanes.accept(from: Int(ready.token - Source.firstLane), &turn)
        }
    }

    /// The longest wait of epoll; nil for ever.
    private func timeout() -> Duration? {
        guard turn.mayWait() else { return .zero }
        var next = turn.nextDeadline()
        next = min(next, drain.nextDeadline(at: turn.now), lanes.nextDeadline, adoption.nextDeadline)
        next = min(next, handover.nextDeadline, supervisor.nextDeadline)
        return next == .max ? nil : .milliseconds(max(0, next - turn.now))
    }

    /// SIGTERM or SIGINT: drain; while draining, end at once.
    private mutating func readSignals() {
        for _ in 0..<(signals?.count() ?? 0) {
            if drain.isOn { ending = .killed }
            let time = turn.configuration.drainTimeout
            beginDrain(within: time, upgrades: time, laneIsLive: false)
        }
    }

    private mutating func readControl(isBroken: Bool) {
        if isBroken { supervisor.leaveControl(turn.epoll) }
        while let (message, line) = supervisor.control?.next() {
            switch message {
            case .drain(let requests, let upgrades, let laneIsLive, let version):
                beginDrain(within: requests, upgrades: upgrades, laneIsLive: laneIsLive)
                if let line { handover.use(lineOwning: line, version: version, &turn) }
            case .share(let lots, let version, let spared):
                turn.sparing = Sparing(spared)
                handover.share(keeping: lots, lineOwning: line, version: version, &turn)
            case .handOver(let version):
                if let line { handover.use(lineOwning: line, version: version, &turn) }
            case .tls:
                if let line { useKeys(owning: line) }
            }
        }
    }

    private func useKeys(owning number: CInt) {
        guard let tls = turn.tls else { return _ = FileDescriptor(owning: number) }
        tls.replaceKeys(owning: number)
    }

    /// Begins to drain, or moves the end of a drain that is under way nearer. With `laneIsLive` others of the generation
    /// go on to accept from the lanes.
    private mutating func beginDrain(within time: Duration, upgrades: Duration, laneIsLive: Bool) {
        guard drain.begin(within: time, upgrades: upgrades, &turn) else { return }
        supervisor.sayStopping()
        handover.end(&turn)
        for connection in turn.connections.all { connection.tell(.drainBegan, &turn) }
        turn.tellStreamsOfDrain()
        // What waits at the hand-over socket is still taken, as it is from the lanes, and goes on from here.
        if laneIsLive { adoption.leave(&turn) }
        lanes.leave(all: laneIsLive, &turn)
    }

    /// The ending of the drain, once it is over.
    private mutating func drainEnding() -> Ending? {
        guard drain.isOn else { return nil }
        if drain.endOverdue(&turn) { return turn.connections.all.contains { $0.machine.isTunnel } ? nil : .drained }
        var isEmpty = false
        // What comes late may be handed over at once, and then no event tells that there is nothing any more.
        while turn.connections.count == 0, !isEmpty {
            isEmpty = lanes.acceptAll(&turn)
            if !adoption.takeAll(&turn) { isEmpty = false }
            handover.send(&turn)
        }
        return drain.isOver(at: turn.now, connections: turn.connections.count, nothingWaits: isEmpty) ? .drained : nil
    }
}
