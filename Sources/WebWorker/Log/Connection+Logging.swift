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
}
