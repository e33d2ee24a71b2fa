internal import Linux

extension WorkerLoop {
    /// Notes an answer with so many bytes of body.
    func note(_ status: Status, _ bytes: Int, _ connection: Connection) {
        guard !connection.exchange.isUnlogged else { return }
        let request = connection.exchange.logged.take()
        let took = request.map { MonotonicClock.microseconds() - $0.since } ?? 0
        let peer = request == nil ? identity(of: connection).addressText : ""
        let answer = LoggedAnswer(peer: peer, status: status, bytes: bytes, microseconds: took)
        log?.note(request, answer, now: now)
    }

    /// Notes a request whose client has gone before an answer had begun, with the status that nginx gives to it.
    func noteGone(_ connection: Connection) {
        guard log != nil, connection.machine.endSeen, connection.exchange.logged != nil else { return }
        note(.clientGone, 0, connection)
    }

    /// Notes an answer in pieces, once, when it is over: by its end, or broken off. One that had no head yet has no line
    /// here: what is answered in its place has.
    func noteStream(_ connection: Connection) {
        guard log != nil, let request = connection.exchange.logged, let status = request.status else { return }
        note(status, request.bytes, connection)
    }
}
