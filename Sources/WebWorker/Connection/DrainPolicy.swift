/// The rules of a drain: until when requests may go on, and when the worker may exit.
///
/// What becomes of idle connections is the matter of `HandoverMachine`.
struct DrainPolicy: Equatable, Sendable {
    /// When the drain ends by force, in milliseconds of the monotonic clock.
    let deadline: Int64

    /// Whether the worker may exit: nothing is in its hands and nothing waits for it, or its time is up.
    func isOver(at now: Int64, connections: Int, nothingWaits: Bool) -> Bool {
        connections == 0 && nothingWaits || now >= deadline
    }
}
