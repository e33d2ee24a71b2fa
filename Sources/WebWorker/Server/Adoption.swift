internal import Handoff
internal import Linux
internal import TLS

/// The taking side of a hand-over: connections of draining workers.
struct Adoption {
    /// Messages that a turn takes: few, so that workers that share the socket share the connections.
    private static let batch = 2

    /// Nil if nobody sends connections.
    private var port: HandoverPort?
    /// While there is no room for more connections.
    private var rest = Rest()
    private var throttle = Throttle()

    /// Takes over an inherited descriptor.
    init(_ number: CInt?) { port = number.map { HandoverPort(owning: $0) } }

    var isOpen: Bool { port != nil }
    var nextDeadline: Int64 { rest.end }

    func watch(_ epoll: borrowing Epoll) throws(SystemError) {
        guard let port else { return }
        try epoll.add(port.number, [.readable, .exclusive], token: Source.port)
    }

    /// Something is at the hand-over socket.
    mutating func ready(_ turn: inout Turn) {
        for taken in 0..<Self.batch where takeNext(&turn) {
            // A socket that the master has shut down is readable for ever. Before the end it is looked at once more.
            if taken == 0, turn.isDraining, let port { try? turn.epoll.remove(port.number) }
            return
        }
    }

    /// Takes all connections that wait, and tells whether there were none. None is taken without room for it: then
    /// whoever has room takes them.
    mutating func takeAll(_ turn: inout Turn) -> Bool {
        if takeNext(&turn) { return true }
        while !takeNext(&turn) {}
        return false
    }

    /// Leaves the hand-over socket to the generation's other workers; but what woke only this one is taken.
    mutating func leave(_ turn: inout Turn) {
        _ = takeAll(&turn)
        // Not watched while taking rests; then there is nothing to end.
        if let port { try? turn.epoll.remove(port.number) }
        port = nil
    }

    /// Waits for connections again after a rest.
    mutating func endRest(_ turn: inout Turn) {
        guard rest.isOver(at: turn.now) else { return }
        // Whoever of the generation has room has had his time to take what waits.
        if let port, !turn.isDraining, !turn.fitsMessage, port.isWaiting { makeRoom(&turn) }
        do throws(SystemError) { try watch(turn.epoll) } catch { StandardError.line("WebWorker: hand-over: \(error)") }
    }

    /// Closes the adopted connections that have been idle for longest, as many as a message may have, after a last look.
    private func makeRoom(_ turn: inout Turn) {
        var idle = turn.connections.all.filter { $0.socket.isShared && $0.machine.isIdle }
        idle.sort { $0.timer.deadline < $1.timer.deadline }
        for connection in idle.prefix(HandoverMessage.maxConnections) {
            connection.expire(&turn)
        }
    }

    private mutating func noteNoRoom(_ turn: borrowing Turn) {
        guard !turn.isDraining, !turn.fitsMessage, throttle.passes(at: turn.now) else { return }
        let room = turn.connections.adopted
        StandardError.line(
            "WebWorker: no room for more connections of draining workers: \(turn.connections.count) connections, "
                + "\(room.held) of them taken from there (\(room.limit) at most): those that have been idle for "
                + "longest are closed to make room")
    }

    /// Takes one message; true when nothing was taken.
    private mutating func takeNext(_ turn: inout Turn) -> Bool {
        guard let port, !rest.isOn else { return true }
        // A message's descriptors that find no room are lost, so it is left where it is.
        guard turn.fitsMessage, port.hasRoom else { return beginRest(port, turn) }
        switch port.next() {
        // What was thrown away may have left no room for what waits behind it.
        case .nothing: return port.hasRoom ? true : beginRest(port, turn)
        case .connections(let arrived):
            for given in arrived { adopt(given, from: port, &turn) }
            return false
        }
    }

    /// Looks away from the socket for a while; true: nothing was taken.
    private mutating func beginRest(_ port: HandoverPort, _ turn: borrowing Turn) -> Bool {
        rest.begin(at: turn.now)
        try? turn.epoll.remove(port.number)
        noteNoRoom(turn)
        return true
    }

    /// Goes on with a connection as if its bytes had just been read.
    ///
    /// Who sent it may have kept it, and may change what all who hold it share: so no call trusts that it does not wait, and
    /// it is no longer watched before it is closed.
    private func adopt(_ given: GivenConnection, from port: HandoverPort, _ turn: inout Turn) {
        let socket = Socket(adopting: FileDescriptor(owning: given.descriptor))
        try? socket.setLinger(seconds: nil)
        guard (try? socket.isStream()) == true, (try? socket.isListening()) == false,
            (try? socket.peerAddress()) != nil, (try? socket.descriptor.setNonBlocking(true)) != nil
        else {
            port.refuse(socket)
            return
        }
        guard given.kind == .plain else { return adopt(given, overTLS: socket, from: port, &turn) }
        let connection = register(socket, nil, &turn)
        connection.goOn(with: given.read, &turn)
    }

    /// The same with one that speaks TLS; what its sender says of it is believed only as far as it fits together.
    private func adopt(
        _ given: GivenConnection, overTLS socket: consuming Socket, from port: HandoverPort, _ turn: inout Turn
    ) {
        guard let engine = turn.tls else { return port.refuse(socket) }
        guard given.kind != .newTLS else {
            register(socket, TLSTransport(engine), &turn).settle(&turn)
            return
        }
        guard var state = given.takeState() else { return port.refuse(socket) }
        defer { state.wipe() }
        guard let records = RecordLayer(state, engine.ciphers) else { return port.refuse(socket) }
        let tls = TLSTransport(engine, records)
        let connection = register(socket, tls, &turn)
        var decrypted: [UInt8] = []
        swap(&decrypted, &state.decrypted)
        SecureReceiver(connection, tls).goOn(decrypted: decrypted, read: given.read, &turn)
    }

    private func register(_ socket: consuming Socket, _ tls: TLSTransport?, _ turn: inout Turn) -> Connection {
        socket.isShared = true
        let connection = turn.register(socket, tls)
        turn.connections.adopted.take()
        turn.scoreboard.add(.adopted)
        return connection
    }
}
