/// The rules of a drain: until when requests may go on, and when the worker may exit.
///
/// What becomes of idle connections is the matter of `HandoverMachine`.
struct DrainPolicy: Equatable, Sendable {
    /// The forced end of the drain, in milliseconds of the monotonic clock.
    let deadline: Int64
    /// The end of the last upgraded connection, in milliseconds of the monotonic clock.
    let upgradeDeadline: Int64

    /// The next change that comes without an event.
    func nextDeadline(at now: Int64) -> Int64 { [deadline, upgradeDeadline].filter { $0 > now }.min() ?? deadline }

    /// The worker may exit: it has nothing in hand and nothing waits for it, or its time is up.
    func isOver(at now: Int64, connections: Int, nothingWaits: Bool) -> Bool {
        connections == 0 && nothingWaits || now >= max(deadline, upgradeDeadline)
    }
}

/// When which upgraded connection of a draining worker is ended: one after another over the second half of the time that
/// they have, so that their clients do not all come back at once.
struct TunnelEnds: Equatable, Sendable {
    /// The last one is next.
    private var ends: [(token: UInt64, at: Int64)] = []

    init() {}

    /// Spreads the ends of these connections over the second half of `time` milliseconds from `start` on.
    init(_ tokens: [UInt64], from start: Int64, within time: Int64) {
        for (place, token) in tokens.enumerated() {
            ends.append((token, start + time - time / 2 * Int64(place) / Int64(tokens.count)))
        }
    }

    /// The next one whose time has come.
    mutating func next(at now: Int64) -> UInt64? {
        guard let last = ends.last, last.at <= now else { return nil }
        ends.removeLast()
        return last.token
    }

    var nextDeadline: Int64? { ends.last?.at }

    static func == (one: TunnelEnds, other: TunnelEnds) -> Bool { one.ends.elementsEqual(other.ends) { $0 == $1 } }
}
