internal import Linux

// The end of a master that stops: who has come in is served, and nobody else comes in.
extension Master {
    /// How long it is waited for that the workers have taken what is in their queues, or is on the way there. They are
    /// quick, or they hang.
    private static let patience = Duration.milliseconds(250)
    /// How long the queues have to be empty: what has left the kernel's list of handshakes may be about to enter one.
    private static let quiet = Duration.milliseconds(3)
    /// When those who still try are refused. A worker that is about to hear that it shall drain must not find its lane out
    /// of service first: many take that for an error.
    private static let lockUpAfter = Duration.seconds(1)

    /// Lets nobody in any more, and waits until what waits in the lanes is accepted: what is in a queue when the master is
    /// gone would be reset. Done once, before the first worker of a stopping master is told to drain.
    func shutDoors() {
        guard machine.phase != .running, !areDoorsShut else { return }
        takeLastStragglers()
        for listener in listeners { listener.shutDoor() }
        areDoorsShut = true
        let end = MonotonicClock.now() + Self.patience
        var emptySince: Duration?
        while MonotonicClock.now() < end {
            takeLastStragglers()
            let now = MonotonicClock.now()
            emptySince = waiting > 0 || areHandshakesUnderWay ? nil : emptySince ?? now
            if let emptySince, now - emptySince >= Self.quiet { break }
            _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(1))
        }
        lockUpAt = Self.now() + Self.lockUpAfter
    }

    /// Connections that workers still have to take.
    private var waiting: Int {
        listeners.flatMap(\.watchable).reduce(0) { count, watched in
            if case .generation = watched.state { count + watched.lane.acceptQueue } else { count }
        }
    }

    /// Whether somebody is on the way to a lane: he comes to the one that he was sent to before the doors were shut.
    private var areHandshakesUnderWay: Bool {
        listeners.contains { $0.setting.address.port.map(Handshakes.areUnderWay(atPort:)) == true }
    }

    func lockUp() {
        lockUpAt = nil
        for listener in listeners { listener.lockUp() }
    }
}
