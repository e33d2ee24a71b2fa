internal import Dispatch
internal import Linux
internal import Synchronization

/// Threads for handlers that may block. The loop submits requests and takes the answers back; neither ever waits.
///
/// Each thread is a serial Dispatch queue: unlike the global queues, Dispatch gives each of those a thread although
/// others block. They are made when they are first needed, `limit` at most; further requests wait in order, up to a number
/// of them and of the bytes of their bodies.
final class BlockingPool: Sendable {
    enum Job: Sendable {
        /// Has a handler answer a request of the connection of `token`; the loop takes the answer.
        case answer(token: UInt64, Request, Handler)
        /// Calls something that stands for a request with so many bytes of body.
        case call(bodyBytes: Int, @Sendable () -> Void)

        fileprivate var bodyBytes: Int {
            switch self {
            case .answer(_, let request, _): request.body.count
            case .call(let bodyBytes, _): bodyBytes
            }
        }
    }

    struct Result: Sendable {
        let token: UInt64
        let response: Response
    }

    private struct State {
        var waiting = JobQueue()
        var idle: [DispatchQueue] = []
        var made = 0
        var results: [Result] = []
    }

    private let state = Mutex(State())
    private let limit: Int
    private let maxWaiting: Int
    private let maxWaitingBytes: Int
    private let wake: EventDescriptor

    init(limit: Int, maxWaiting: Int = 1024, maxWaitingBytes: Int = 64 << 20) throws(SystemError) {
        self.limit = max(1, limit)
        self.maxWaiting = max(0, maxWaiting)
        self.maxWaitingBytes = maxWaitingBytes
        wake = try EventDescriptor()
    }

    /// Readable when results wait.
    var number: CInt { wake.number }

    /// Runs the handler on a thread of the pool, now or when one is free. False when too many wait already.
    func submit(_ job: Job) -> Bool {
        let (isTaken, queue) = state.withLock { state -> (Bool, DispatchQueue?) in
            if let queue = state.idle.popLast() { return (true, queue) }
            guard state.made < limit else {
                // One with a large body may wait alone.
                guard state.waiting.count < maxWaiting,
                    state.waiting.isEmpty || state.waiting.bytes + job.bodyBytes <= maxWaitingBytes
                else { return (false, nil) }
                state.waiting.append(job)
                return (true, nil)
            }
            state.made += 1
            return (true, DispatchQueue(label: "blocking handler \(state.made)"))
        }
        if let queue { queue.async { self.work(job, on: queue) } }
        return isTaken
    }

    /// Nobody waits for the answer of a connection any more: what has not begun does not begin.
    func forget(token: UInt64) { state.withLock { $0.waiting.remove(token: token) } }

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
        var next: Job? = first
        while let job = next.take() {
            var result: Result?
            switch job {
            case .answer(let token, let request, let handler):
                result = Result(token: token, response: request.answered(by: handler))
            case .call(_, let body): body()
            }
            next = state.withLock { state -> Job? in
                if let result { state.results.append(result) }
                if let job = state.waiting.next() { return job }
                state.idle.append(queue)
                return nil
            }
            if result != nil { wake.signal() }
        }
    }
}

/// Jobs that wait, the oldest first. What was taken is let go of at once, and its room used again.
struct JobQueue: Sendable {
    private var jobs: [BlockingPool.Job?] = []
    private var first = 0
    /// Bytes of request bodies in the queue.
    private(set) var bytes = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var room: Int { jobs.count }

    mutating func append(_ job: BlockingPool.Job) {
        jobs.append(job)
        bytes += job.bodyBytes
        count += 1
    }

    mutating func next() -> BlockingPool.Job? {
        while first < jobs.count {
            let job = jobs[first].take()
            first += 1
            if first > 32, first * 2 > jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            guard let job else { continue }
            bytes -= job.bodyBytes
            count -= 1
            return job
        }
        jobs.removeAll(keepingCapacity: jobs.count < 1024)
        first = 0
        return nil
    }

    /// Takes out the one of a connection.
    mutating func remove(token: UInt64) {
        for place in first..<jobs.count {
            guard case .answer(token, let request, _)? = jobs[place] else { continue }
            bytes -= request.body.count
            count -= 1
            jobs[place] = nil
            return
        }
    }
}
