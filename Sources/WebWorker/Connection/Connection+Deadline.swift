extension Connection {
    /// Sets the deadline of what the machine waits for.
    func setDeadline(_ turn: inout Turn) {
        let (now, wait) = (turn.now, machine.wait)
        var alarm = alarm
        switch wait {
        case .none: alarm.deadline = .max
        case .idle: alarm.deadline = now + turn.limits.idle
        case .write:
            // A client that reads nothing gains nothing by sending.
            guard timed != .write || outgoing.hasSent else { break }
            alarm.deadline = outgoing.pace.restart(at: now, limit: turn.limits.write)
            outgoing.hasSent = false
        // Limits that run from their beginning, whatever arrives in between.
        case .head: if timed != .head { alarm.deadline = now + turn.limits.head }
        case .linger: if timed != .linger { alarm.deadline = now + turn.limits.linger }
        case .body:
            if let stream {
                let bytes = stream.received - stream.receivedBefore
                alarm.deadline = turn.limits.bodyDeadline(since: stream.since, bytes: bytes)
            } else if let arriving {
                alarm.deadline = turn.limits.bodyDeadline(since: arriving.since, bytes: arriving.received)
            }
        }
        timed = wait
        alarm.set(token, in: &turn.wheel)
        self.alarm = alarm
    }

    /// An entry of the wheel has come up.
    func timer(_ tick: TimerWheel.Tick, _ turn: inout Turn) {
        var alarm = alarm
        let isOver = alarm.rings(tick, at: turn.now, token, in: &turn.wheel)
        self.alarm = alarm
        guard isOver else { return }
        if machine.wait == .write, let next = outgoing.look(socket, at: turn.now, limit: turn.limits.write) {
            alarm.deadline = next
            alarm.set(token, in: &turn.wheel)
            self.alarm = alarm
        } else {
            expire(&turn)
        }
    }

    /// Its time is over, or taken.
    func expire(_ turn: inout Turn) {
        tell(.timedOut, &turn)
        advance(&turn)
        settle(&turn)
    }
}
