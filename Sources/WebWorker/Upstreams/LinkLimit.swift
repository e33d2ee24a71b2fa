internal import Linux

/// The time limit of what a connection to a server behind waits for.
///
/// It counts from the wait's beginning, and begins anew only with what is waited for: records beside the answer, and parts
/// of a head, do not put it off.
struct LinkLimit {
    private var alarm = Alarm()
    private var wait = UpstreamMachine.Wait.none
    /// The longest wait, in milliseconds.
    private var length: Int64 = .max
    /// Since the limit began, the server took bytes, and data of its answer came.
    private var moved = (sent: false, answered: false)
    private var pace = WritePace()

    mutating func noteSent() { moved.sent = true }

    mutating func noteAnswer() { moved.answered = true }

    mutating func end() { (wait, alarm.deadline) = (.none, .max) }

    /// Sets the limit of what is waited for now; nil: it may take for ever. The exchange is that of the answer.
    mutating func set(
        _ wait: UpstreamMachine.Wait, _ length: Int64?, _ exchange: UpstreamExchange?, _ token: UInt64,
        _ turn: inout Turn
    ) {
        guard wait != self.wait || hasMoved else { return }
        (self.wait, moved) = (wait, (false, false))
        guard let length else { return alarm.deadline = .max }
        self.length = length
        alarm.deadline = deadline(exchange, turn.now)
        alarm.set(token, in: &turn.wheel)
    }

    private mutating func deadline(_ exchange: UpstreamExchange?, _ now: Int64) -> Int64 {
        if wait == .send { return pace.restart(at: now, limit: length) }
        guard wait == .answer, let exchange else { return now + length }
        // The time of a request that goes over a second connection goes on.
        let deadline = exchange.answerDeadline ?? now + length
        exchange.answerDeadline = deadline
        return deadline
    }

    private var hasMoved: Bool {
        switch wait {
        case .none, .connect, .idle, .answer: false
        case .send: moved.sent
        case .stream: moved.answered
        case .tunnel: moved.sent || moved.answered
        }
    }

    /// An entry of the wheel has come up: whether the time is over.
    mutating func isOver(
        _ tick: TimerWheel.Tick, _ socket: borrowing Socket, _ token: UInt64, _ turn: inout Turn
    ) -> Bool {
        guard alarm.rings(tick, at: turn.now, token, in: &turn.wheel) else { return false }
        guard wait == .send, let waiting = try? socket.unacknowledged(),
            let next = pace.look(waiting, at: turn.now, limit: length)
        else { return true }
        alarm.deadline = next
        alarm.set(token, in: &turn.wheel)
        return false
    }
}
