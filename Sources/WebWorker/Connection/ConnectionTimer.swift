internal import Linux

/// The time limit of what a connection's machine waits for.
struct ConnectionTimer {
    var wait = ConnectionMachine.Wait.none
    private var alarm = Alarm()
    private var pace = WritePace()

    /// In milliseconds of the monotonic clock; `Int64.max` for never.
    var deadline: Int64 {
        get { alarm.deadline }
        set { alarm.deadline = newValue }
    }

    /// Sets the deadline of what the machine waits for now. `hasSent`: output that was kept went out since the last time;
    /// `bodyDeadline`: when the body that arrives must be whole.
    mutating func set(
        for wait: ConnectionMachine.Wait, hasSent: Bool, bodyDeadline: Int64?, _ token: UInt64, _ turn: inout Turn
    ) {
        let now = turn.now
        switch wait {
        case .none: alarm.deadline = .max
        case .idle: alarm.deadline = now + turn.limits.idle
        case .write:
            // A client that reads nothing gains nothing by sending.
            guard self.wait != .write || hasSent else { break }
            alarm.deadline = pace.restart(at: now, limit: turn.limits.write)
        // Limits that run from their beginning, whatever arrives in between.
        case .handshake: if self.wait != .handshake { alarm.deadline = now + turn.limits.head }
        case .head: if self.wait != .head { alarm.deadline = now + turn.limits.head }
        case .linger: if self.wait != .linger { alarm.deadline = now + turn.limits.linger }
        case .body: if let bodyDeadline { alarm.deadline = bodyDeadline }
        }
        self.wait = wait
        alarm.set(token, in: &turn.wheel)
    }

    /// An entry of the wheel has come up. Returns whether the time is over: it is not for a client that is slow, and still
    /// takes what it is sent.
    mutating func isOver(
        _ tick: TimerWheel.Tick, _ wait: ConnectionMachine.Wait, _ socket: borrowing Socket, _ token: UInt64,
        _ turn: inout Turn
    ) -> Bool {
        guard alarm.rings(tick, at: turn.now, token, in: &turn.wheel) else { return false }
        guard wait == .write, let bytes = try? socket.unacknowledged(),
            let next = pace.look(bytes, at: turn.now, limit: turn.limits.write)
        else { return true }
        alarm.deadline = next
        alarm.set(token, in: &turn.wheel)
        return false
    }
}
