internal import Linux

extension AnswerWriter {
    /// Has an answer with so many bytes of body noted when it is sent; the body comes `behind` bytes of the turn's output.
    func note(_ status: Status, _ body: Int, behind bytes: Int, _ turn: borrowing Turn) {
        note(status, body, end: connection.outgoing.sent + connection.outgoing.pending.count + bytes + body, turn)
    }

    /// Has a request noted whose connection ends before an answer had begun: with the status that nginx gives to it when
    /// that is the client's doing, and counted as an answer that failed when it is the end of a drain.
    func endUnanswered(_ turn: borrowing Turn) {
        let isOurs = connection.machine.isCutOff
        if isOurs { turn.count(.serviceUnavailable, at: connection.exchange.place) }
        guard !turn.logs.isEmpty, connection.exchange.logged != nil else { return }
        note(isOurs ? .serviceUnavailable : .clientGone, 0, end: connection.outgoing.sent, turn)
    }

    /// Has an answer in pieces noted, once, when all of it is given, or it is broken off. One that had no head yet has no
    /// line here: what is answered in its place has.
    func noteStream(_ turn: borrowing Turn) {
        guard !turn.logs.isEmpty, let request = connection.exchange.logged, let status = request.status else { return }
        let outgoing = connection.outgoing
        note(status, request.bytes, end: outgoing.sent + outgoing.pending.count + (connection.file?.count ?? 0), turn)
    }

    private func note(_ status: Status, _ body: Int, end: Int, _ turn: borrowing Turn) {
        guard !connection.exchange.isUnlogged else { return }
        let request = connection.exchange.logged.take()
        let peer = request == nil ? connection.identity(turn.site.trusted).addressText : ""
        connection.unlogged.append(
            UnloggedAnswer(
                request: request, host: connection.exchange.place.host, peer: peer, status: status, body: body, end: end
            ))
    }
}
