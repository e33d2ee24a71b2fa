internal import Linux

extension WorkerLoop {
    /// How long epoll may wait; nil for ever.
    func timeout() -> Duration? {
        guard due.isEmpty, !usesMailbox || mailbox.mayWait() else { return .zero }
        var next = wheel.nextDeadline ?? .max
        if let drain { next = min(next, drain.nextDeadline(at: now), tunnelEnds.nextDeadline ?? .max) }
        if let acceptsAgainAt { next = min(next, acceptsAgainAt) }
        if let adoptsAgainAt { next = min(next, adoptsAgainAt) }
        if !upstreams.isEmpty, let moment = upstreamDeadline() { next = min(next, moment) }
        if let moment = log?.deadline { next = min(next, moment) }
        if let heartbeat { next = min(next, heartbeat.next) }
        if let moment = handover.deadline { next = min(next, moment) }
        return next == .max ? nil : .milliseconds(max(0, next - now))
    }

    /// Sets the deadline of what the machine waits for. A new entry in the wheel is needed only for an earlier one.
    mutating func setDeadline(_ connection: Connection) {
        switch connection.machine.wait {
        case .none: connection.deadline = .max
        case .idle: connection.deadline = now + limits.idle
        case .write:
            // A client that reads nothing gains nothing by sending.
            guard connection.timed != .write || connection.hasSent else { break }
            connection.deadline = now + limits.write
            connection.hasSent = false
        case .head: restrict(connection, to: now + limits.head, isNew: .head)
        case .linger: restrict(connection, to: now + limits.linger, isNew: .linger)
        case .body:
            if let stream = connection.stream {
                let bytes = stream.received - stream.receivedBefore
                connection.deadline = limits.bodyDeadline(since: stream.since, bytes: bytes)
                break
            }
            guard let request = connection.arriving else { break }
            connection.deadline = limits.bodyDeadline(since: request.since, bytes: request.received)
        }
        connection.timed = connection.machine.wait
        guard connection.deadline != .max else { return }
        schedule(connection)
    }

    /// A limit that runs from its beginning, whatever arrives in between.
    private func restrict(_ connection: Connection, to deadline: Int64, isNew wait: ConnectionMachine.Wait) {
        if connection.timed != wait { connection.deadline = deadline }
    }

    private mutating func schedule(_ connection: Connection) {
        let tick = wheel.tick(for: connection.deadline)
        guard tick < connection.scheduled else { return }
        wheel.insert(connection.token, at: tick)
        connection.scheduled = tick
    }

    /// Looks at the connections whose entries have come up.
    mutating func runTimers() {
        endRest()
        endAdoptRest()
        var due: [(token: UInt64, tick: TimerWheel.Tick)] = []
        wheel.advance(to: now, into: &due)
        for entry in due {
            if entry.token & UpstreamLink.mark != 0 {
                linkIsDue(entry.token, entry.tick)
                continue
            }
            guard let connection = connection(entry.token), connection.scheduled == entry.tick else { continue }
            connection.scheduled = .max
            if connection.deadline <= now {
                perform(connection.handle(.timedOut), connection)
                advance(connection)
                settle(connection)
            } else if connection.deadline != .max {
                schedule(connection)
            }
        }
    }
}
