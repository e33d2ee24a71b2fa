internal import Dispatch
internal import Linux
internal import Synchronization

/// Threads for handlers that may block. The loop submits requests and takes the answers back; neither ever waits.
///
/// Each thread is a serial Dispatch queue: unlike the global queues, Dispatch gives each of those a thread although
/// others block. They are made when they are first needed, `limit` at most; further requests wait in order.
final class BlockingPool: Sendable {
    /// What a thread does.
    enum Job: Sendable {
        /// Has a handler answer a request of the connection of `token`; the loop takes the answer.
        case answer(token: UInt64, Request, Handler)
        /// Calls something.
        case call(@Sendable () -> Void)
    }

    /// An answer that came back.
    struct Result: Sendable {
        let token: UInt64
        let response: Response
    }

    private struct State {
        var waiting: [Job] = []
        var first = 0
        var idle: [DispatchQueue] = []
        var made = 0
        var results: [Result] = []
    }

    private let state = Mutex(State())
    private let limit: Int
    private let wake: EventDescriptor

    init(limit: Int) throws(SystemError) {
        self.limit = max(1, limit)
        wake = try EventDescriptor()
    }

    /// Readable when results wait.
    var number: CInt { wake.number }

    /// Runs the handler on a thread of the pool, now or when one is free.
    func submit(_ job: Job) {
        let queue = state.withLock { state -> DispatchQueue? in
            if let queue = state.idle.popLast() { return queue }
            guard state.made < limit else {
                state.waiting.append(job)
                return nil
            }
            state.made += 1
            return DispatchQueue(label: "blocking handler \(state.made)")
        }
        if let queue { queue.async { self.work(job, on: queue) } }
    }

    /// The answers since the last call.
    func takeResults() -> [Result] {
        wake.drain()
        return state.withLock { state in
            let results = state.results
            state.results.removeAll()
            return results
        }
    }

    private func work(_ first: Job, on queue: DispatchQueue) {
        var job = first
        while true {
            var result: Result?
            switch job {
            case .answer(let token, let request, let handler):
                result = Result(token: token, response: request.answered(by: handler))
            case .call(let body): body()
            }
            let next = state.withLock { state -> Job? in
                if let result { state.results.append(result) }
                guard state.first < state.waiting.count else {
                    state.waiting.removeAll()
                    state.first = 0
                    state.idle.append(queue)
                    return nil
                }
                state.first += 1
                return state.waiting[state.first - 1]
            }
            if result != nil { wake.signal() }
            guard let next else { return }
            job = next
        }
    }
}
