/// What a worker does with idle connections that are another generation's: one that drains, or shares them while it serves.
/// Pure: events in, effects out.
///
/// While there is a line to that generation, connections are kept alive, and those that are idle go. A line that fails takes
/// nothing with it: what could not go stays, and if the worker drains its next request is answered with
/// `Connection: close`.
struct HandoverMachine: Equatable, Sendable {
    private enum State: Equatable {
        /// No line: idle connections stay. -> open
        case unavailable
        /// Connections may go. -> full, resting, unavailable
        case open
        /// The receivers' queue is full; the line is watched until it takes more. -> open, unavailable
        case full
        /// As many descriptors are on their way as the kernel allows, and nothing tells when that ends. -> open,
        /// unavailable
        case resting(until: Int64)
    }

    /// What the driver has seen; moments are in milliseconds of the monotonic clock.
    enum Event: Equatable, Sendable {
        /// The master has sent a hand-over socket.
        case lineGiven
        /// The line does not take a message for now.
        case queueFull
        /// ETOOMANYREFS.
        case tooManyOnTheirWay(at: Int64)
        /// The line can be written again.
        case writable
        /// Time has passed.
        case looked(at: Int64)
        /// The line failed: nobody receives any more.
        case lineFailed
        /// Nothing is to go there any more.
        case lineTaken
    }

    /// What the driver is to do.
    enum Effect: Equatable, Sendable {
        case none
        /// Keep connections alive behind their answers, and offer those that are idle and not this worker's.
        case offerAll
        /// Wait until the line can be written.
        case watchLine
        /// Stop waiting for that.
        case unwatchLine
        /// Let the line go: all connections stay. Of a draining worker, answers are their last ones from now on.
        case keepConnections
    }

    /// How long nothing is tried when too many descriptors are on their way, in milliseconds.
    private static let restMilliseconds: Int64 = 10

    private var state = State.unavailable

    /// Whether idle connections go, now or later.
    var isOn: Bool { state != .unavailable }
    /// Whether a message may be sent now.
    var maySend: Bool { state == .open }
    /// When to look again; nil when only an event changes anything.
    var deadline: Int64? {
        if case .resting(let until) = state { until } else { nil }
    }

    /// Takes an event.
    mutating func handle(_ event: Event) -> Effect {
        switch (state, event) {
        case (_, .lineGiven):
            state = .open
            return .offerAll
        case (.open, .queueFull):
            state = .full
            return .watchLine
        case (.open, .tooManyOnTheirWay(let now)):
            state = .resting(until: now + Self.restMilliseconds)
            return .none
        case (.full, .writable):
            state = .open
            return .unwatchLine
        case (.resting(let until), .looked(let now)):
            if now >= until { state = .open }
            return .none
        case (.open, .lineFailed), (.full, .lineFailed), (.resting, .lineFailed), (.open, .lineTaken),
            (.full, .lineTaken), (.resting, .lineTaken):
            state = .unavailable
            return .keepConnections
        case (.unavailable, .writable), (.open, .writable), (.resting, .writable), (.unavailable, .looked),
            (.open, .looked), (.full, .looked), (.unavailable, .lineFailed), (.unavailable, .lineTaken):
            return .none
        case (.unavailable, .queueFull), (.full, .queueFull), (.resting, .queueFull),
            (.unavailable, .tooManyOnTheirWay), (.full, .tooManyOnTheirWay), (.resting, .tooManyOnTheirWay):
            fatalError("\(event) in \(state)")
        }
    }
}
