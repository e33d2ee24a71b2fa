internal import Handoff

/// How many connections that other workers handed over a worker may hold at a time.
///
/// It is half of the descriptors that connections may have at all, so that a worker that hands over without end (one that
/// was taken over) leaves the other half to those who come by the lanes. What finds no room stays in the hand-over
/// socket's queue, where a worker of the generation that has room takes it. An honest sender is not blocked by that: its
/// queue is full, and it goes on serving what it still has. When nobody has taken a message after a rest, the adopted
/// connections that have been idle for longest are closed to make room for it, after a last look, as the idle time-out
/// would: so whoever waits in the queue with a request gets his answer.
struct AdoptionRoom: Equatable, Sendable {
    /// Descriptors that are kept free for the lanes, open files and a message's connections.
    static let reservedDescriptors = 192

    private let maxDescriptors: Int
    /// The most connections that may be held.
    let limit: Int
    private(set) var held = 0

    /// Room for a process that may have so many descriptors; `limit` nil: half of what is not reserved.
    init(maxDescriptors: Int, limit: Int? = nil) {
        self.maxDescriptors = maxDescriptors
        self.limit = max(
            HandoverMessage.maxConnections, limit ?? (maxDescriptors - Self.reservedDescriptors) / 2)
    }

    /// The connections of a message find room, in a worker that has so many in all, and so many bodies in files.
    func fitsMessage(connections: Int, spools: Int = 0) -> Bool {
        connections + spools + Self.reservedDescriptors < maxDescriptors
            && held + HandoverMessage.maxConnections <= limit
    }

    mutating func take() { held += 1 }

    mutating func leave() { held -= 1 }
}
