internal import Linux

extension Connection {
    /// Sends what is kept and what is written, as far as the client takes it. Returns what the machine asked for then, which
    /// is done.
    func send(_ turn: inout Turn) -> ConnectionMachine.Effect {
        if machine.isClosed {
            turn.emptyOut()
            return .none
        }
        var event = ConnectionMachine.Event.failed
        tls?.endsBehind = machine.isEnding
        if let isSent = try? outgoing.send(turn.out, file, to: socket, by: tls, turn.scoreboard) {
            event = isSent ? .outputSent : .outputBlocked
            if isSent { file = nil }
        }
        if !turn.out.isEmpty { turn.emptyOut() }
        if !unlogged.isEmpty { unlogged.log(sent: outgoing.sent, turn) }
        let effect = handle(event)
        perform(effect, &turn)
        return effect
    }

    /// Keeps answers to earlier requests, which go first: pieces go straight behind what the client has not taken yet.
    func putOutAside(_ turn: inout Turn) {
        guard !turn.out.isEmpty else { return }
        outgoing.pending.append(turn.out[...])
        turn.emptyOut()
    }

    var writer: AnswerWriter { AnswerWriter(self) }

    /// Refuses a request; the connection ends behind that.
    func refuse(_ refusal: Refusal, _ turn: inout Turn) {
        input = []
        arriving = nil
        cancelStream(&turn)
        writer.write(refusal, &turn)
        tell(.refused, &turn)
    }
}
