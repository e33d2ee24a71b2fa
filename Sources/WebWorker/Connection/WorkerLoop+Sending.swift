internal import Handoff
internal import Linux

extension WorkerLoop {
    /// The most bytes of a file that one turn sends, so that a fast client with a large file does not hold up the rest.
    private static let fileBytesPerTurn = 4 << 20
    /// A client with a window below this, in bytes, is none that wants its answer soon.
    private static let smallWindow: UInt32 = 8 << 10
    /// The most bytes that the kernel takes for such a client beyond what it can send now. By itself it takes megabytes,
    /// in pieces of half of the window, and a megabyte in pieces of 256 bytes costs more than a millisecond. For others the
    /// limit would only make more calls.
    private static let unsentBytes = 64 << 10

    /// Sends what is kept, then what is written, then the file, as far as the client takes it. Returns what the machine
    /// asked for then, which is done.
    mutating func send(_ connection: Connection) -> ConnectionMachine.Effect {
        var event = ConnectionMachine.Event.outputSent
        if connection.machine.isClosed {
            emptyOut()
            return .none
        }
        do throws(SystemError) {
            var isSent = try sendOutput(connection)
            if isSent { isSent = try sendFile(connection) }
            if !isSent { event = .outputBlocked }
        } catch {
            emptyOut()
            event = .failed
        }
        let effect = connection.handle(event)
        perform(effect, connection)
        return effect
    }

    /// Sends bytes; what is not taken is kept. True when nothing is left.
    private mutating func sendOutput(_ connection: Connection) throws(SystemError) -> Bool {
        let more = connection.file != nil
        if !out.isEmpty {
            if out.count > Self.unsentBytes { limitUnsent(connection) }
            var sent = 0
            if connection.output.isEmpty, case .bytes(let count) = try connection.socket.send(out, more: more) {
                sent = count
                scoreboard.add(.bytesOut, sent)
            }
            if sent < out.count { connection.output.append(out[sent...]) }
            emptyOut()
            return connection.output.isEmpty
        }
        while !connection.output.isEmpty {
            guard case .bytes(let count) = try connection.output.send(to: connection.socket, more: more) else {
                return false
            }
            scoreboard.add(.bytesOut, count)
            connection.hasSent = true
        }
        return true
    }

    /// Makes room for the next connection's answers; gives back what a large one took.
    mutating func emptyOut() {
        if out.capacity > 1 << 20 { out = [] } else { out.removeAll(keepingCapacity: true) }
    }

    private mutating func sendFile(_ connection: Connection) throws(SystemError) -> Bool {
        guard let file = connection.file else { return true }
        limitUnsent(connection)
        var budget = Self.fileBytesPerTurn
        while !file.isSent {
            guard budget > 0, case .bytes(let count) = try file.send(to: connection.socket, limit: budget) else {
                return false
            }
            scoreboard.add(.bytesOut, count)
            connection.hasSent = true
            budget -= count
        }
        connection.file = nil
        return true
    }

    /// Looks at the client's window, once, before much is sent.
    private func limitUnsent(_ connection: Connection) {
        guard !connection.isWindowKnown else { return }
        connection.isWindowKnown = true
        // There is no window on a unix socket.
        guard let window = try? connection.socket.peerWindow(), window < Self.smallWindow else { return }
        try? connection.socket.setUnsentLimit(bytes: Self.unsentBytes)
    }

    /// Does what a machine asks for.
    mutating func perform(_ effect: ConnectionMachine.Effect, _ connection: Connection) {
        switch effect {
        case .none, .takeNext: break
        case .refuse(let refusal): writeRefusal(refusal, connection)
        case .closeIfSilent: closeIfSilent(connection)
        case .endBody: if let stream = connection.stream { stream.handler?.bodyEnded(stream.token, &self) }
        case .linger:
            do throws(SystemError) { try connection.socket.shutdown(.write) } catch {
                perform(connection.handle(.failed), connection)
            }
        case .close: drop(connection)
        }
    }

    /// A last look, without waiting: bytes that came in the meantime are a request, and it is answered.
    private mutating func closeIfSilent(_ connection: Connection) {
        var byte: [UInt8] = [0]
        let look = try? connection.socket.receive(into: &byte, peek: true)
        if case .bytes(1...)? = look {
            receive(connection)
            return
        }
        perform(connection.handle(.endOfStream), connection)
    }

    private mutating func drop(_ connection: Connection) {
        guard connections[connection.descriptorIndex] === connection else { return }
        if connection.socket.isShared {
            // Closing alone ends no watch, if somebody else has the same open file.
            if connection.interest != nil { try? epoll.remove(connection.socket.number) }
            try? connection.socket.setLinger(seconds: nil)
            adoption.leave()
        }
        connections[connection.descriptorIndex] = nil
        connectionCount -= 1
        scoreboard.add(.connections, -1)
        count(connection, as: .other)
        connection.input = []
        connection.file = nil
        connection.deadline = .max
        if connection.isOnPool { pool.forget(token: connection.token) }
        cancelStream(connection)
        noteGone(connection)
    }

    /// Brings epoll, deadline and scoreboard in line with the machine, after anything has happened to it.
    mutating func settle(_ connection: Connection) {
        let machine = connection.machine
        guard !machine.isClosed else { return }
        var wanted = connection.interest ?? Epoll.Interest()
        if machine.awaitsBytes { wanted.insert(.readable) }
        if machine.awaitsEnd { wanted.insert(.peerClosed) } else { wanted.remove(.peerClosed) }
        if machine.wait == .write { wanted.insert(.writable) } else { wanted.remove(.writable) }
        if wanted != connection.interest { watch(connection, wanted) }
        count(connection, as: standing(machine))
        setDeadline(connection)
        if handover.isOn { offer(connection) }
    }

    /// Has epoll watch for `interest`.
    mutating func watch(_ connection: Connection, _ interest: Epoll.Interest) {
        do throws(SystemError) {
            if connection.interest == nil {
                try epoll.add(connection.socket.number, interest, token: connection.token)
            } else {
                try epoll.modify(connection.socket.number, interest, token: connection.token)
            }
            connection.interest = interest
        } catch {
            StandardError.line("WebWorker: \(error)")
            perform(connection.handle(.failed), connection)
        }
    }

    private func standing(_ machine: ConnectionMachine) -> Standing {
        machine.isIdle ? .idle : machine.isInFlight ? .inFlight : machine.isTunnel ? .upgraded : .other
    }

    private func count(_ connection: Connection, as standing: Standing) {
        guard standing != connection.standing else { return }
        if let counter = connection.standing.counter { scoreboard.add(counter, -1) }
        if let counter = standing.counter { scoreboard.add(counter) }
        connection.standing = standing
    }
}
