/// What becomes of an idle connection while the worker drains.
///
/// This is the place for the hand-over: a third disposition, which passes the connection to the serving generation.
enum IdleDisposition: Equatable, Sendable {
    /// It stays, and its next request is answered, with `Connection: close`.
    case keep
    /// Time is up: it is closed, unless bytes of a request are waiting.
    case closeIfSilent
}

/// The rules of a drain: until when requests may go on, and what is done with idle connections.
struct DrainPolicy: Equatable, Sendable {
    /// When the drain ends by force, in milliseconds of the monotonic clock.
    let deadline: Int64

    /// What to do with a connection that is idle at `now`.
    func disposition(at now: Int64) -> IdleDisposition { now < deadline ? .keep : .closeIfSilent }

    /// Whether the worker may exit: nothing is in its hands and nothing waits for it, or its time is up.
    func isOver(at now: Int64, connections: Int, laneIsEmpty: Bool) -> Bool {
        connections == 0 && laneIsEmpty || now >= deadline
    }
}
