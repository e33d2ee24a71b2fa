internal import Dispatch
internal import Linux
internal import Synchronization

/// A worker's loop as handlers see it: it runs their tasks, one at a time, and does what they ask for.
final class InProcessLoop: Sendable {
    private struct State {
        var exchanges: [UInt64: InProcessExchange] = [:]
        var lastToken: UInt64 = 0
        var names = RequestIDSource()
    }

    private let queue = DispatchQueue(label: "WebWorker in process")
    private let state = Mutex(State())

    func makeMailbox() throws(SystemError) -> LoopMailbox {
        try LoopMailbox { mailbox in self.queue.async { self.turn(mailbox) } }
    }

    /// Does something between two turns.
    func run(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    func makeID() -> RequestID { state.withLock { $0.names.make() } }

    /// Has a task answer a request. `streamed` is a body that it reads piece by piece.
    func start(
        _ exchange: InProcessExchange, _ mailbox: LoopMailbox, _ request: Request, streamed body: [UInt8] = [],
        _ handler: @escaping AsyncHandler
    ) {
        var request = request
        if !body.isEmpty { request.intake = RequestIntake() }
        let token = state.withLock { state in
            state.lastToken += 1
            state.exchanges[state.lastToken] = exchange
            return state.lastToken
        }
        let task = AsyncExchange(token, mailbox, isHead: request.head.method == .head, incoming: request.intake)
        task.start(request.path) { [request] in try await handler(request) }
        exchange.use(task, request.intake, body) { _ = self.last(token) }
        exchange.feed()
    }

    /// Runs what is to run, and does what it asks for. What comes of that has its own turn.
    private func turn(_ mailbox: LoopMailbox) {
        mailbox.isAwake()
        for command in mailbox.work().commands { perform(command) }
        if !mailbox.mayWait() { queue.async { self.turn(mailbox) } }
    }

    private func perform(_ command: LoopMailbox.Command) {
        switch command {
        case .answer(let task, let response): last(task.token)?.answer(response)
        case .begin(let task, let head): exchange(task)?.begin(head)
        case .append(let task, let bytes): task.wrote(bytes.count, goOn: exchange(task)?.append(bytes) ?? true)
        case .end(let task): last(task.token)?.end()
        case .fail(let task): last(task.token)?.fail(.brokenOff)
        case .resumeBody(let task): exchange(task)?.feed()
        }
    }

    private func exchange(_ task: AsyncExchange) -> InProcessExchange? {
        state.withLock { $0.exchanges[task.token] }
    }

    /// The exchange of a task that asks for nothing more.
    private func last(_ token: UInt64) -> InProcessExchange? {
        state.withLock { $0.exchanges.removeValue(forKey: token) }
    }
}
