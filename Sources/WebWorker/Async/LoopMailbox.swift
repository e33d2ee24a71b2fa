internal import Linux
internal import Synchronization

/// How tasks reach the loop: it runs their jobs on its own thread, so that an async handler changes no thread, and does
/// what they ask of it, from whichever thread they do.
final class LoopMailbox: TaskExecutor {
    /// A request of a task to the loop, for the connection of its exchange.
    enum Command: Sendable {
        case answer(AsyncExchange, Response)
        case begin(AsyncExchange, AnswerHead)
        case append(AsyncExchange, [UInt8])
        case end(AsyncExchange)
        /// Break the answer off.
        case fail(AsyncExchange)
        case resumeBody(AsyncExchange)
    }

    /// The most rounds of tasks in one turn: some that never wait must not hold up everybody else.
    private static let maxRounds = 16

    private struct State {
        var jobs: [UnownedJob] = []
        var commands: [Command] = []
        /// False once the loop waits: then it has to be woken.
        var isAwake = true

        /// Adds something; true when the loop must be woken for it.
        mutating func add(_ change: (inout Self) -> Void) -> Bool {
            let wasEmpty = jobs.isEmpty && commands.isEmpty
            change(&self)
            return wasEmpty && !isAwake
        }
    }

    private let state = Mutex(State())
    private let wake: EventDescriptor
    private let onWake: (@Sendable (LoopMailbox) -> Void)?

    /// A mailbox whose loop is woken by `number`, or by `onWake`.
    init(onWake: (@Sendable (LoopMailbox) -> Void)? = nil) throws(SystemError) {
        wake = try EventDescriptor()
        self.onWake = onWake
        if onWake != nil { _ = mayWait() }
    }

    private func wakeLoop() {
        if let onWake { onWake(self) } else { wake.signal() }
    }

    /// Readable when there is something to do.
    var number: CInt { wake.number }

    /// Has the loop run a job. From any thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if state.withLock({ $0.add { $0.jobs.append(job) } }) { wakeLoop() }
    }

    /// Has the loop do something. From any thread.
    func post(_ command: Command) {
        if state.withLock({ $0.add { $0.commands.append(command) } }) { wakeLoop() }
    }

    /// Runs tasks, and does what they ask for, until they wait for something else.
    func run(_ turn: inout Turn) {
        for _ in 0..<Self.maxRounds {
            let (jobs, commands) = work()
            if jobs == 0, commands.isEmpty { return }
            for command in commands { command.perform(&turn) }
        }
    }

    /// Runs what is to run, and says what is asked for. Both empty: nothing was there.
    func work() -> (jobs: Int, commands: [Command]) {
        let (jobs, commands) = state.withLock { state in
            defer {
                state.jobs = []
                state.commands = []
            }
            return (state.jobs, state.commands)
        }
        for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        return (jobs.count, commands)
    }

    /// The loop is about to wait. False: there is something to do first.
    func mayWait() -> Bool {
        state.withLock { state in
            state.isAwake = !state.jobs.isEmpty || !state.commands.isEmpty
            return !state.isAwake
        }
    }

    func isAwake() {
        let wasTold = state.withLock { state in
            defer { state.isAwake = true }
            return !state.jobs.isEmpty || !state.commands.isEmpty
        }
        if wasTold { wake.drain() }
    }
}

extension LoopMailbox.Command {
    fileprivate func perform(_ turn: inout Turn) {
        switch self {
        case .answer(let exchange, let response): turn.exchange(exchange.token)?.answer(response, &turn)
        case .begin(let exchange, let head):
            guard let client = turn.exchange(exchange.token) else { break }
            client.beginAnswer(head, &turn)
            if turn.isDraining { exchange.drainBegan(client, &turn) }
        case .append(let exchange, let bytes):
            let goOn = turn.exchange(exchange.token)?.append(bytes.span, &turn) ?? false
            exchange.wrote(bytes.count, goOn: goOn)
        case .end(let exchange): turn.exchange(exchange.token)?.endAnswer(&turn)
        case .fail(let exchange): turn.exchange(exchange.token)?.breakAnswer(&turn)
        case .resumeBody(let exchange): turn.exchange(exchange.token)?.resumeBody(&turn)
        }
    }
}
