internal import Linux

extension AnswerWriter {
    /// Notes an answer with so many bytes of body.
    func note(_ status: Status, _ bytes: Int, _ turn: borrowing Turn) {
        guard !connection.exchange.isUnlogged else { return }
        let request = connection.exchange.logged.take()
        let took = request.map { MonotonicClock.microseconds() - $0.since } ?? 0
        let peer = request == nil ? connection.identity(turn.site.trusted).addressText : ""
        let answer = LoggedAnswer(peer: peer, status: status, bytes: bytes, microseconds: took)
        turn.log?.note(request, answer, now: turn.now)
    }

    /// Notes a request whose connection ends before an answer had begun: with the status that nginx gives to it when that
    /// is the client's doing, and counted as an answer that failed when it is the end of a drain.
    func endUnanswered(_ turn: borrowing Turn) {
        let isOurs = connection.machine.isCutOff
        if isOurs { turn.scoreboard.count(.serviceUnavailable) }
        guard turn.log != nil, connection.exchange.logged != nil else { return }
        note(isOurs ? .serviceUnavailable : .clientGone, 0, turn)
    }

    /// Notes an answer in pieces, once, when it is over: by its end, or broken off. One that had no head yet has no line
    /// here: what is answered in its place has.
    func noteStream(_ turn: borrowing Turn) {
        guard turn.log != nil, let request = connection.exchange.logged, let status = request.status else { return }
        note(status, request.bytes, turn)
    }
}
