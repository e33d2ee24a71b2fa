internal import Handoff
internal import Linux

// The taking side of a hand-over.
extension WorkerLoop {
    /// How many messages a turn takes: few, so that workers that share the socket share the connections.
    private static let adoptBatch = 2
    /// How long taking rests when there is no room for more connections.
    private static let adoptRestMilliseconds: Int64 = 100

    /// Begins to wait for connections of draining workers.
    mutating func watchPort() throws(SystemError) {
        guard let port else { return }
        try epoll.add(port.number, [.readable, .exclusive], token: Source.port)
    }

    /// Something is at the hand-over socket.
    mutating func portReady() {
        for taken in 0..<Self.adoptBatch where adoptNext() {
            // A socket that the master has shut down is readable for ever. Before the end it is looked at once more.
            if taken == 0, drain != nil, let port { try? epoll.remove(port.number) }
            return
        }
    }

    /// Takes all connections that wait, and tells whether there were none. None is taken without room for it: then
    /// whoever has room takes them.
    mutating func adoptAll() -> Bool {
        if adoptNext() { return true }
        while !adoptNext() {}
        return false
    }

    /// Leaves the hand-over socket to the generation's other workers; but what woke only this one is taken.
    mutating func leavePort() {
        _ = adoptAll()
        // Not watched while taking rests; then there is nothing to end.
        if let port { try? epoll.remove(port.number) }
        port = nil
    }

    /// Waits for connections again after a rest.
    mutating func endAdoptRest() {
        guard let moment = adoptsAgainAt, moment <= now else { return }
        adoptsAgainAt = nil
        // Whoever of the generation has room has had his time to take what waits.
        if let port, drain == nil, !fitsMessage, port.isWaiting { makeRoom() }
        do throws(SystemError) { try watchPort() } catch { StandardError.line("WebWorker: hand-over: \(error)") }
    }

    /// Whether there are descriptors for the connections of a message.
    private var fitsMessage: Bool {
        adoption.fitsMessage(connections: connectionCount, spools: spoolBudget.openFiles)
    }

    /// Closes the adopted connections that have been idle for longest, as many as a message may have, after a last look.
    private mutating func makeRoom() {
        var idle = connections.compactMap { $0 }.filter { $0.socket.isShared && $0.machine.isIdle }
        idle.sort { $0.deadline < $1.deadline }
        for connection in idle.prefix(HandoverMessage.maxConnections) {
            perform(connection.handle(.timedOut), connection)
            advance(connection)
            settle(connection)
        }
    }

    /// Says, once a minute at most, that connections wait to be taken.
    private mutating func noteNoRoom() {
        guard drain == nil, now >= noRoomIsSaidAgainAt, !fitsMessage
        else { return }
        noRoomIsSaidAgainAt = now + 60_000
        StandardError.line(
            "WebWorker: no room for more connections of draining workers: \(connectionCount) connections, "
                + "\(adoption.held) of them taken from there (\(adoption.limit) at most): those that have been idle for "
                + "longest are closed to make room")
    }

    /// Takes one message; true when nothing was taken.
    private mutating func adoptNext() -> Bool {
        guard let port, adoptsAgainAt == nil else { return true }
        // A message's descriptors that find no room are lost, so it is left where it is.
        guard fitsMessage, port.hasRoom else { return restFromAdopting(port) }
        switch port.next() {
        // What was thrown away may have left no room for what waits behind it.
        case .nothing: return port.hasRoom ? true : restFromAdopting(port)
        case .connections(let arrived):
            for (descriptor, read) in arrived {
                adopt(Socket(adopting: FileDescriptor(owning: descriptor)), read, from: port)
            }
            return false
        }
    }

    /// Looks away from the socket for a while; true: nothing was taken.
    private mutating func restFromAdopting(_ port: HandoverPort) -> Bool {
        adoptsAgainAt = now + Self.adoptRestMilliseconds
        try? epoll.remove(port.number)
        noteNoRoom()
        return true
    }

    /// Goes on with a connection as if its bytes had just been read.
    ///
    /// Who sent it may have kept it, and may change what all who hold it share: so no call trusts that it does not wait, and
    /// it is no longer watched before it is closed.
    private mutating func adopt(_ socket: consuming Socket, _ read: [UInt8], from port: HandoverPort) {
        try? socket.setLinger(seconds: nil)
        guard (try? socket.isStream()) == true, (try? socket.isListening()) == false,
            (try? socket.peerAddress()) != nil, (try? socket.descriptor.setNonBlocking(true)) != nil
        else {
            port.refuse(socket)
            return
        }
        socket.isShared = true
        let connection = register(socket)
        adoption.take()
        scoreboard.add(.adopted)
        connection.input = read
        if !read.isEmpty {
            if !connection.awaitsProxyHeader || takeProxyHeader(connection) { serveInput(connection) }
            advance(connection)
        }
        settle(connection)
    }
}
