extension Connection {
    /// Sets the deadline of what the machine waits for.
    func setDeadline(_ turn: inout Turn) {
        let wait = machine.wait
        var timer = timer
        timer.set(
            for: wait, hasSent: outgoing.hasSent, bodyDeadline: wait == .body ? bodyDeadline(turn.limits) : nil, token,
            &turn)
        self.timer = timer
        if wait == .write { outgoing.hasSent = false }
    }

    private func bodyDeadline(_ limits: TimeLimits) -> Int64? {
        if let stream {
            return limits.bodyDeadline(since: stream.since, bytes: stream.received - stream.receivedBefore)
        }
        return arriving.map { limits.bodyDeadline(since: $0.since, bytes: $0.received) }
    }

    /// An entry of the wheel has come up.
    func timer(_ tick: TimerWheel.Tick, _ turn: inout Turn) {
        var timer = timer
        let isOver = timer.isOver(tick, machine.wait, socket, token, &turn)
        self.timer = timer
        if isOver { expire(&turn) }
    }

    /// The time limit has passed, or its worker takes the rest of it away.
    func expire(_ turn: inout Turn) {
        tell(.timedOut, &turn)
        advance(&turn)
        settle(&turn)
    }
}
