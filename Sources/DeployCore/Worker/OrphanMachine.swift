/// The way to the end of processes that a worker left behind: they get a moment to end by themselves, then the drain signal,
/// and SIGKILL at the deadline.
package struct OrphanMachine: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// They may end by themselves: → draining, killed. Those that end a moment behind their parent need no signal, and
        /// one that was told to drain by its parent is not told twice: there are servers that take a second signal for an
        /// order to give up what they have.
        case mayEnd(until: Instant)
        /// They were told to drain: → killed.
        case draining(until: Instant)
        /// They were killed; what is left is to hear of their end.
        case killed
    }

    package enum Order: Equatable, Sendable {
        case drain(until: Instant)
        case kill
    }

    package private(set) var state: State

    package init(mayEndUntil instant: Instant) { state = .mayEnd(until: instant) }

    package var nextDeadline: Instant? {
        switch state {
        case .mayEnd(let until), .draining(let until): until
        case .killed: nil
        }
    }

    /// What is due.
    ///
    /// - Parameter drainDeadline: when a drain that begins now is over; one that has passed leaves no time for it.
    package mutating func expire(at now: Instant, drainDeadline: Instant) -> Order? {
        switch state {
        case .mayEnd(let until) where until <= now && drainDeadline > now:
            state = .draining(until: drainDeadline)
            return .drain(until: drainDeadline)
        case .mayEnd(let until) where until <= now, .draining(let until) where until <= now:
            kill()
            return .kill
        case .mayEnd, .draining, .killed:
            return nil
        }
    }

    /// They must be gone at once.
    package mutating func kill() { state = .killed }
}
