internal import Handoff
internal import Linux

// The giving side of a hand-over.
extension WorkerLoop {
    /// Takes the way to the serving generation; one that was there before is let go.
    mutating func useLine(owning number: CInt) {
        let line = HandoverLine(owning: number)
        guard drain != nil else { return }
        letLineGo()
        self.line = line
        perform(handover.handle(.lineGiven))
    }

    /// Offers a connection if it may go now: its message is sent at the end of the turn.
    mutating func offer(_ connection: Connection) {
        guard !connection.isOffered, connection.machine.mayLeave else { return }
        connection.isOffered = true
        offered.append(connection.token)
    }

    /// Sends offered connections, as far as the line takes them.
    mutating func handOver() {
        if handover.deadline != nil { perform(handover.handle(.looked(at: now))) }
        while handover.maySend, let line {
            let batch = nextBatch()
            if batch.isEmpty { return }
            let outcome = line.send(batch)
            guard outcome == .sent else {
                for connection in batch { offer(connection) }
                switch outcome {
                case .sent: break
                case .full: perform(handover.handle(.queueFull))
                case .tooManyOnTheirWay: perform(handover.handle(.tooManyOnTheirWay(at: now)))
                case .failed(let error):
                    StandardError.line("WebWorker: connections are no longer handed over: \(error)")
                    perform(handover.handle(.lineFailed))
                }
                return
            }
            for connection in batch { leave(connection) }
        }
    }

    /// The line may be written again, or is broken.
    mutating func lineReady() { perform(handover.handle(.writable)) }

    /// The next connections that fit into a message: the ones that were offered last.
    private mutating func nextBatch() -> [Connection] {
        var batch: [Connection] = []
        var room = HandoverMessage.maxReadBytes
        while batch.count < HandoverMessage.maxConnections, let token = offered.last {
            guard let connection = connection(token) else {
                offered.removeLast()
                continue
            }
            let count = connection.proxyHeader.count + connection.input.count
            let isReady = connection.machine.mayLeave && count <= HandoverMessage.maxReadBytes
            if isReady && count > room { break }
            offered.removeLast()
            connection.isOffered = false
            guard isReady else { continue }
            room -= count
            batch.append(connection)
        }
        return batch
    }

    /// Forgets a connection that is another worker's now. Closing alone would not end the watch: the other worker has
    /// the same open file.
    private mutating func leave(_ connection: Connection) {
        if connection.interest != nil { try? epoll.remove(connection.socket.number) }
        scoreboard.add(.handedOver)
        perform(connection.handle(.handedOver), connection)
    }

    private mutating func letLineGo() {
        // Not watched while the queue takes what comes: then there is nothing to end.
        if let line { try? epoll.remove(line.number) }
        line = nil
    }

    private mutating func perform(_ effect: HandoverMachine.Effect) {
        switch effect {
        case .none: break
        case .offerAll:
            for connection in connections.compactMap({ $0 }) {
                perform(connection.handle(.handOverBegan), connection)
                offer(connection)
            }
        case .watchLine:
            guard let line else { break }
            do throws(SystemError) { try epoll.add(line.number, .writable, token: Source.line) } catch {
                perform(handover.handle(.lineFailed))
            }
        case .unwatchLine:
            if let line { try? epoll.remove(line.number) }
        case .closeAfterAnswers:
            letLineGo()
            offered = []
            for connection in connections.compactMap({ $0 }) {
                connection.isOffered = false
                perform(connection.handle(.drainBegan), connection)
            }
        }
    }
}
