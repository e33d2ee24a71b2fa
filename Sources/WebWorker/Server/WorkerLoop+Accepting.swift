internal import Handoff
internal import Linux

extension WorkerLoop {
    /// How many connections a turn takes from a lane: few, so that workers that share it share its load.
    private static let acceptBatch = 8
    /// How long accepting rests when the process is out of descriptors or memory.
    private static let restMilliseconds: Int64 = 100

    /// Begins to wait for connections of a lane. EPOLLEXCLUSIVE: one connection wakes one worker.
    func watchLane(_ index: Int) throws(SystemError) {
        guard let lane = lanes[index] else { return }
        try epoll.add(lane.socket.number, [.readable, .exclusive], token: Source.firstLane + UInt64(index))
    }

    /// Takes connections from a lane and serves what they brought.
    mutating func accept(from index: Int) {
        guard let lane = lanes[index] else { return }
        for _ in 0..<Self.acceptBatch {
            switch lane.socket.accept() {
            case .accepted(let socket): admit(socket)
            case .wouldBlock: return
            case .failed(.invalid) where drain != nil:
                // A master that stops has taken the lane out of service: nobody comes there any more.
                return leaveLane(index)
            case .failed(let errno):
                guard needsRest(errno) else { continue }
                return rest(because: errno)
            }
        }
    }

    /// Takes all that a lane has, and tells whether there was nothing.
    mutating func acceptAll(from index: Int) -> Bool {
        guard let lane = lanes[index] else { return true }
        var isEmpty = true
        while true {
            switch lane.socket.accept() {
            case .accepted(let socket):
                isEmpty = false
                admit(socket)
            case .wouldBlock: return isEmpty
            case .failed: return isEmpty
            }
        }
    }

    /// Stops waiting for connections of a lane that others serve, takes what is there, and lets go of it. When there are
    /// no others (a worker that was started by hand) its port is closed by that: nobody waits where nobody comes.
    mutating func leaveLane(_ index: Int) {
        guard let lane = lanes[index] else { return }
        // Not watched while accepting rests; then there is nothing to end. Others may hold the same open file, so closing
        // would not end it.
        try? epoll.remove(lane.socket.number)
        openLanes.remove(index)
        // A connection that woke only us is ours.
        _ = acceptAll(from: index)
        lanes[index] = nil
    }

    private func needsRest(_ errno: Errno) -> Bool {
        errno == .tooManyOpenFiles || errno == .tooManyOpenFilesInSystem || errno == .noMemory
            || errno == .invalid  // Somebody shut the lane down; the master lets it listen again.
    }

    /// The lanes would be ready at once again, for nothing: leave them to other workers for a moment. Said once a minute
    /// at most.
    private mutating func rest(because errno: Errno) {
        guard acceptsAgainAt == nil else { return }
        acceptsAgainAt = now + Self.restMilliseconds
        for index in openLanes { if let lane = lanes[index] { try? epoll.remove(lane.socket.number) } }
        guard now >= restIsSaidAgainAt else { return }
        restIsSaidAgainAt = now + 60_000
        StandardError.line("WebWorker: cannot accept: \(errno): trying every \(Self.restMilliseconds) ms")
    }

    /// Accepts again after a rest.
    mutating func endRest() {
        guard let moment = acceptsAgainAt, moment <= now else { return }
        acceptsAgainAt = nil
        for index in openLanes {
            do throws(SystemError) { try watchLane(index) } catch { StandardError.line("WebWorker: lane: \(error)") }
        }
    }

    private mutating func admit(_ socket: consuming Socket) {
        let connection = register(socket)
        scoreboard.add(.accepted)
        if earlyReads.shallTry() { earlyReads.tried(receive(connection)) } else { settle(connection) }
    }

    /// A number for the upper half of a token; never 0 there, and below the mark of links to servers behind.
    mutating func nextRegistration() -> UInt64 {
        registrations = registrations >= .max >> 1 ? 1 : registrations + 1
        return UInt64(registrations) << 32
    }

    /// Gives a connection its place.
    mutating func register(_ socket: consuming Socket) -> Connection {
        let connection = Connection(
            socket: socket, registration: nextRegistration(), answersHalfClosed: configuration.answersHalfClosed)
        while connections.count <= connection.descriptorIndex { connections.append(nil) }
        connections[connection.descriptorIndex] = connection
        connectionCount += 1
        scoreboard.add(.connections)
        if configuration.proxyProtocol { connection.awaitsProxyHeader = identity(of: connection).isTrusted }
        if drain != nil && !handover.isOn { _ = connection.handle(.drainBegan) }
        return connection
    }
}
