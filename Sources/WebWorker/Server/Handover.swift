internal import Handoff
internal import Linux

/// The giving side of a hand-over: what a draining worker does with its idle connections, and the way by which they go.
struct Handover {
    private var machine = HandoverMachine()
    private var line: HandoverLine?

    var nextDeadline: Int64 { machine.deadline ?? .max }

    /// Takes the way to the serving generation; one that was there before is let go.
    mutating func use(lineOwning number: CInt, _ turn: inout Turn) {
        let line = HandoverLine(owning: number)
        guard turn.isDraining else { return }
        letLineGo(turn.epoll)
        self.line = line
        perform(machine.handle(.lineGiven), &turn)
    }

    /// Sends offered connections, as far as the line takes them.
    mutating func send(_ turn: inout Turn) {
        guard machine.isOn, !turn.offers.isEmpty else { return }
        if machine.deadline != nil { perform(machine.handle(.looked(at: turn.now)), &turn) }
        while machine.maySend, let line {
            let batch = turn.takeOffers()
            if batch.isEmpty { return }
            let outcome = line.send(batch)
            guard outcome == .sent else {
                for connection in batch { connection.offer(&turn) }
                switch outcome {
                case .sent: break
                case .full: perform(machine.handle(.queueFull), &turn)
                case .tooManyOnTheirWay: perform(machine.handle(.tooManyOnTheirWay(at: turn.now)), &turn)
                case .failed(let error):
                    StandardError.line("WebWorker: connections are no longer handed over: \(error)")
                    perform(machine.handle(.lineFailed), &turn)
                }
                return
            }
            for connection in batch { connection.leave(&turn) }
        }
    }

    /// The line may be written again, or is broken.
    mutating func ready(_ turn: inout Turn) { perform(machine.handle(.writable), &turn) }

    private mutating func letLineGo(_ epoll: borrowing Epoll) {
        // Not watched while the queue takes what comes: then there is nothing to end.
        if let line { try? epoll.remove(line.number) }
        line = nil
    }

    private mutating func perform(_ effect: HandoverMachine.Effect, _ turn: inout Turn) {
        switch effect {
        case .none: break
        case .offerAll:
            turn.offers.isOn = true
            for connection in turn.connections.all {
                connection.tell(.handOverBegan, &turn)
                connection.offer(&turn)
            }
        case .watchLine:
            guard let line else { break }
            do throws(SystemError) { try turn.epoll.add(line.number, .writable, token: Source.line) } catch {
                perform(machine.handle(.lineFailed), &turn)
            }
        case .unwatchLine:
            if let line { try? turn.epoll.remove(line.number) }
        case .closeAfterAnswers:
            letLineGo(turn.epoll)
            turn.offers = Offers()
            for connection in turn.connections.all {
                connection.isOffered = false
                connection.tell(.drainBegan, &turn)
            }
        }
    }
}
