internal import Linux

extension Connection {
    /// Takes down what the access log will say of a request.
    func noteRequest(_ head: RequestHead, _ bytes: Span<UInt8>, _ turn: borrowing Turn) {
        if OwnProbe.isWritten(head, bytes), OwnProbe.mayComeFrom(identity(turn.site.trusted).peer, to: ownAddress()) {
            exchange.isUnlogged = true
            return
        }
        let client = identity(turn.site.trusted).client(head, bytes, trusted: turn.site.trusted)
        exchange.logged = LoggedRequest(head, bytes, of: client, id: exchange.id, since: turn.start)
    }

    /// Notes the answers that are sent.
    func logSent(_ turn: borrowing Turn) {
        let sent = outgoing.sent
        let count = unlogged.prefix { $0.end <= sent }.count
        for index in 0..<count { log(unlogged[index], turn) }
        // (It keeps its room for the next answers.)
        unlogged.removeFirst(count)
    }

    /// Notes all answers: of those that are left nothing more will be sent.
    func logAll(_ turn: borrowing Turn) {
        for answer in unlogged { log(answer, turn) }
        unlogged = []
    }

    private func log(_ answer: UnloggedAnswer, _ turn: borrowing Turn) {
        let took = answer.request.map { MonotonicClock.microseconds() - $0.since } ?? 0
        let peer = answer.request == nil ? identity(turn.site.trusted).addressText : ""
        turn.log?.note(
            answer.request,
            LoggedAnswer(
                peer: peer, status: answer.status, bytes: answer.bytes(sent: outgoing.sent), microseconds: took),
            now: turn.now)
    }
}
