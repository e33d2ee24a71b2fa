internal import Handoff
internal import Linux

/// The giving side of a hand-over: what a worker does with idle connections that are another generation's, and the way by
/// which they go. All are when it drains; while it serves, it is told which (`Lots`).
struct Handover {
    private var machine = HandoverMachine()
    private var line: HandoverLine?

    var nextDeadline: Int64 { machine.deadline ?? .max }

    /// Takes the way to the serving generation for all connections of a draining worker; one that was there before is let
    /// go.
    ///
    /// `version` is that of the messages that are understood there.
    mutating func use(lineOwning number: CInt, version: Int, _ turn: inout Turn) {
        let line = HandoverLine(owning: number)
        guard turn.isDraining else { return }
        turn.offers.takesTLS = version >= 2
        begin(line, keeping: Lots.none, &turn)
    }

    /// Keeps connections of these lots, and gives the others to another generation, while this one serves or stays warm.
    /// Without a way there it keeps all.
    mutating func share(keeping lots: Range<Int>, lineOwning number: CInt?, version: Int, _ turn: inout Turn) {
        let line = number.map { HandoverLine(owning: $0) }
        guard !turn.isDraining else { return }
        guard let line, lots != Lots.all else { return end(&turn) }
        turn.offers.takesTLS = version >= 2
        begin(line, keeping: lots, &turn)
    }

    /// Lets the way go.
    mutating func end(_ turn: inout Turn) { perform(machine.handle(.lineTaken), &turn) }

    private mutating func begin(_ line: HandoverLine, keeping lots: Range<Int>, _ turn: inout Turn) {
        letLineGo(turn.epoll)
        self.line = line
        keep(lots, &turn)
        perform(machine.handle(.lineGiven), &turn)
    }

    /// Takes back what is offered: what is kept may be something else from now on.
    private func keep(_ lots: Range<Int>, _ turn: inout Turn) {
        let drawsAnew = turn.lots.keep(lots)
        turn.offers = Offers(takesTLS: turn.offers.takesTLS)
        for connection in turn.connections.all {
            connection.isOffered = false
            if drawsAnew { connection.lot = turn.lots.draw() }
        }
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

    /// A connection that cannot go, and should: its next answer is the last one.
    private func isLeftBehind(_ connection: Connection, _ turn: borrowing Turn) -> Bool {
        !turn.offers.takes(connection.tls)
            && (turn.isDraining || turn.offers.takesTLS && turn.gives(connection))
    }

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
                let isLeft = isLeftBehind(connection, turn)
                connection.tell(isLeft ? .drainBegan : .handOverBegan, &turn)
                connection.offer(&turn)
            }
        case .watchLine:
            guard let line else { break }
            do throws(SystemError) { try turn.epoll.add(line.number, .writable, token: Source.line) } catch {
                perform(machine.handle(.lineFailed), &turn)
            }
        case .unwatchLine:
            if let line { try? turn.epoll.remove(line.number) }
        case .keepConnections:
            letLineGo(turn.epoll)
            keep(Lots.all, &turn)
            turn.offers.takesTLS = false
            let event: ConnectionMachine.Event = turn.isDraining ? .drainBegan : .handOverBegan
            for connection in turn.connections.all { connection.tell(event, &turn) }
        }
    }
}
