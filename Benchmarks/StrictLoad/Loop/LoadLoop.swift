package import Linux

/// Runs a plan on one thread: all clients around one epoll, until the plan's end or an interruption.
///
/// Sockets are watched edge-triggered, for everything, from their birth; so a request costs a `send`, a `recv` and a
/// share of an `epoll_wait`.
package struct LoadLoop: ~Copyable {
    /// How long a client that failed waits before its next request, so that a dead server is not hammered.
    static let pauseAfterFailure: Nanoseconds = 10_000_000
    /// How long the server may take to close after its last answer.
    static let maxLinger: Nanoseconds = 1_000_000_000
    /// Between the first connections of two clients: a burst would overflow the server's queue.
    static let startSpacing: Nanoseconds = 50_000

    private static let interruptToken = UInt64.max

    let plan: LoadPlan
    let template: RequestTemplate
    let expectation: Expectation
    let start: Nanoseconds
    var epoll: Epoll
    var clients: [Client] = []
    var deadlines: DeadlineQueue
    var pacer: Pacer
    var record: RunRecord
    var scratch = [UInt8](repeating: 0, count: 262_144)
    var nextSource = 0
    var postNumber: UInt64 = 0
    private var working: Int
    private var isEnding = false
    private var isAborted = false
    private var progress: Progress

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - plan: what to do.
    ///   - interrupt: a descriptor, lent, that becomes readable when the run is to end (after the answers under way),
    ///     and again when it is to end at once.
    ///   - showsProgress: whether a line a second goes to standard error.
    package init(_ plan: LoadPlan, interrupt: CInt? = nil, showsProgress: Bool = false) throws(SystemError) {
        let epoll = try Epoll(capacity: 256)
        if let interrupt {
            try epoll.add(interrupt, [.readable, .edgeTriggered], token: Self.interruptToken)
        }
        self.epoll = epoll
        self.plan = plan
        template = RequestTemplate(plan: plan)
        expectation = Expectation(plan: plan)
        start = Self.clock()
        deadlines = DeadlineQueue(clients: plan.connections)
        pacer = Pacer(plan: plan, start: start)
        record = RunRecord()
        working = plan.connections
        progress = Progress(isOn: showsProgress, start: start)
        for index in 0..<plan.connections {
            clients.append(
                Client(index: index, plan: plan, request: template.bytes, maxBodyBytes: expectation.maxBodyBytes))
        }
    }

    /// Runs the plan to its end and tells how it went. Blocks; throws only what makes the run itself impossible.
    package consuming func run() throws(SystemError) -> Report {
        for client in clients { scheduleFirst(client) }
        while working > 0, !isAborted {
            let count = try epoll.wait(timeout: timeToNextEvent())
            for index in 0..<count {
                let ready = epoll.ready(index)
                if ready.token == Self.interruptToken { interrupt() } else { handle(ready) }
            }
            fireDeadlines()
            endWhenDone()
        }
        return Report(plan: plan, record: record, elapsed: Self.clock() - start, wasAborted: isAborted)
    }

    /// Now, on the monotonic clock.
    static func clock() -> Nanoseconds { MonotonicClock.now().nanoseconds }

    /// A time since the start of the run.
    func sinceStart(_ time: Nanoseconds) -> Nanoseconds { time - start }

    private func timeToNextEvent() -> Duration? {
        var next = deadlines.next ?? .max
        if !isEnding, let duration = plan.duration { next = min(next, start + duration) }
        next = min(next, progress.next)
        return next == .max ? nil : .nanoseconds(max(0, next - Self.clock()))
    }

    private mutating func fireDeadlines() {
        let now = Self.clock()
        while let index = deadlines.popDue(at: now) {
            let client = clients[index]
            if client.script.isBetweenRequests { begin(client, at: now) } else { react(client, to: .due, at: now) }
        }
        progress.show(record.tally, at: now)
    }

    private mutating func endWhenDone() {
        guard !isEnding else { return }
        let isOver = plan.duration.map { Self.clock() >= start + $0 } ?? false
        if isOver || !mayBegin { end() }
    }

    /// Whether the plan has a request left to begin.
    private var mayBegin: Bool {
        if plan.stopsAtFailure, record.tally.failed > 0 { return false }
        return plan.requests.map { record.tally.requests < $0 } ?? true
    }

    private mutating func interrupt() {
        if isEnding { isAborted = true } else { end() }
    }

    /// From now on no request begins; who has none under way leaves.
    private mutating func end() {
        isEnding = true
        for client in clients where client.script.isBetweenRequests || client.script.isClosing { retire(client) }
    }

    private mutating func retire(_ client: Client) {
        guard !client.isRetired else { return }
        client.isRetired = true
        client.socket = nil
        deadlines.clear(client.index)
        working -= 1
    }

    private mutating func scheduleFirst(_ client: Client) {
        let spread = plan.mode == .idle || plan.rate != nil ? pacer.due(freeSince: start) : start
        client.due = spread + Nanoseconds(client.index) * Self.startSpacing
        deadlines.set(client.due, for: client.index)
    }

    /// Sets the time of the client's next request, which may be now.
    mutating func schedule(_ client: Client, after failure: Bool, at now: Nanoseconds) {
        guard !isEnding, mayBegin else { return retire(client) }
        let due = pacer.due(freeSince: now)
        client.due = failure ? max(due, now + Self.pauseAfterFailure) : due
        if client.due > now { deadlines.set(client.due, for: client.index) } else { begin(client, at: now) }
    }

    private mutating func begin(_ client: Client, at now: Nanoseconds) {
        guard mayBegin else { return retire(client) }
        record.tally.requests += 1
        client.begun = latencyStart(client, at: now)
        react(client, to: .due, at: now)
    }

    /// A request that was due while its client was busy counts from when it was due: a server that stalls must not slow
    /// down the questions and so look well. One that the client's own timer let out late counts from now.
    private func latencyStart(_ client: Client, at now: Nanoseconds) -> Nanoseconds {
        plan.rate != nil && now - client.due > 2_000_000 ? client.due : now
    }
}
