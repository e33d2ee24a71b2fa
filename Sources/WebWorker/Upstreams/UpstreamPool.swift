/// Which request goes over which connection to one server behind: kept connections, those being made, and requests that
/// wait. Pure: the driver tells what happened and asks for the next step.
///
/// A server that cannot be reached for a moment (it is being started again) loses nobody's request: requests wait, and
/// one connection at a time is tried, with a pause in between, until the request's own time is over.
struct UpstreamPool: Sendable {
    struct Limits: Equatable, Sendable {
        /// The most connections, busy ones included.
        var maxConnections = 256
        /// The most connections that are kept without a request.
        var maxKept = 128
        /// The most requests that wait for a connection.
        var maxWaiting = 1024
        /// The longest wait of a request for a connection, in milliseconds.
        var patience: Int64 = 5000
        /// The pause after a failed connection, in milliseconds.
        var pause: Int64 = 25
    }

    enum Step: Equatable, Sendable {
        /// Send this request over this connection.
        case send(request: UInt64, over: UInt64)
        case connect
    }

    /// Why a request got no connection.
    enum Failure: Equatable, Sendable {
        /// None could be made: 502.
        case unreachable
        /// None was made in time: 504.
        case tooSlow
        /// All are busy: 503.
        case busy
    }

    private struct Waiting: Sendable {
        let request: UInt64
        let until: Int64
    }

    let limits: Limits
    private var kept: [UInt64] = []
    private var open = 0
    private var connecting = 0
    private var waiting: [Waiting] = []
    private var lastFailure: Failure?
    private var pausedUntil = Int64.min

    init(_ limits: Limits) { self.limits = limits }

    /// Takes a request; false when too many wait already: 503.
    mutating func add(_ request: UInt64, at now: Int64) -> Bool {
        guard waiting.count < limits.maxWaiting else { return false }
        waiting.append(Waiting(request: request, until: now + limits.patience))
        return true
    }

    /// A kept connection, for a request that comes when none waits; nil when it must be added.
    mutating func takeKept() -> UInt64? { waiting.isEmpty ? kept.popLast() : nil }

    /// Forgets a request that waits.
    mutating func remove(_ request: UInt64) { waiting.removeAll { $0.request == request } }

    /// The next step, if there is one now. Do it, tell what came of it, and ask again.
    mutating func next(at now: Int64) -> Step? {
        guard let first = waiting.first else { return nil }
        if let connection = kept.popLast() {
            waiting.removeFirst()
            return .send(request: first.request, over: connection)
        }
        let isTrying = lastFailure != nil
        guard open < limits.maxConnections, connecting < (isTrying ? 1 : waiting.count), now >= pausedUntil else {
            return nil
        }
        open += 1
        connecting += 1
        return .connect
    }

    /// A connection is made, and can take a request.
    mutating func connected(_ connection: UInt64) {
        connecting -= 1
        lastFailure = nil
        kept.append(connection)
    }

    /// A connection could not be made.
    mutating func connectFailed(_ failure: Failure, at now: Int64) {
        connecting -= 1
        open -= 1
        lastFailure = failure
        pausedUntil = now + limits.pause
    }

    /// A connection can take the next request. What comes back is the one to close, when more are kept than should be.
    mutating func released(_ connection: UInt64) -> UInt64? {
        kept.append(connection)
        // Those that wait for a request take it from the end; the one in front was idle for the longest.
        return kept.count > limits.maxKept + waiting.count ? kept.removeFirst() : nil
    }

    /// A connection that was made is closed.
    mutating func closed(_ connection: UInt64) {
        open -= 1
        if let place = kept.firstIndex(of: connection) { kept.remove(at: place) }
    }

    /// Takes out the requests whose time is over, with the reason.
    mutating func expire(at now: Int64) -> [(request: UInt64, failure: Failure)] {
        var expired: [(request: UInt64, failure: Failure)] = []
        while let first = waiting.first, first.until <= now {
            waiting.removeFirst()
            expired.append((first.request, lastFailure ?? (connecting > 0 ? .tooSlow : .busy)))
        }
        return expired
    }

    /// The next time `next` or `expire` may have something, in milliseconds; nil if only an event changes anything.
    func nextDeadline(at now: Int64) -> Int64? {
        guard let first = waiting.first else { return nil }
        return pausedUntil > now ? min(first.until, pausedUntil) : first.until
    }
}
