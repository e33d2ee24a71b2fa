internal import Linux

extension ControlServer {
    /// Accepts who waits, but not for ever: the rest of the queue comes with the next turn of the loop.
    mutating func acceptClients(on epoll: borrowing Epoll, at now: Duration) {
        if reserve == nil { reserve = try? Files.openNull() }
        for _ in 0..<ControlLimits.maxAcceptsPerTurn {
            switch listener.accept() {
            case .accepted(let socket): _ = admit(socket, on: epoll, at: now)
            case .wouldBlock: return
            case .failed(.connectionAborted): continue
            case .failed(.tooManyOpenFiles) where reserve != nil:
                reserve = nil
                guard case .accepted(let socket) = listener.accept() else { continue }
                _ = admit(socket, on: epoll, at: now)
            case .failed:
                // Out of descriptors or memory: level-triggered epoll would report the queue again at once.
                acceptResumesAt = now + ControlLimits.acceptPause
                try? epoll.modify(listener.number, [], token: baseToken)
                return
            }
        }
    }

    private mutating func admit(
        _ socket: consuming Socket, on epoll: borrowing Epoll, at now: Duration
    ) -> ControlClientID? {
        guard let credentials = try? PeerCredentials(behind: socket),
            let groups = try? PeerCredentials.groups(behind: socket)
        else { return nil }
        let peer = ControlPeer(pid: credentials.pid, uid: credentials.uid, gid: credentials.gid, groups: groups)
        guard access.allows(peer) else {
            Self.turnAway(socket, ErrorEvent(access.refusal(of: peer)))
            return nil
        }
        guard connections.count < ControlLimits.maxClients else {
            let message = "\(ControlLimits.maxClients) clients are connected already; try again"
            Self.turnAway(socket, ErrorEvent(message, exitCode: ControlOutcome.busy.exitCode))
            return nil
        }
        lastSerial += 1
        let connection = ControlConnection(socket, id: ControlClientID(serial: lastSerial), peer: peer, at: now)
        // Without a registration the connection would never be heard of: it is closed here.
        guard (try? epoll.add(connection.socket.number, connection.interest, token: baseToken + lastSerial)) != nil
        else { return nil }
        connections[lastSerial] = connection
        return connection.id
    }

    /// Says why, as far as the fresh socket's buffer takes it, and closes.
    private static func turnAway(_ socket: borrowing Socket, _ reason: ErrorEvent) {
        _ = try? socket.send(ControlLine.encode(.error(reason)))
    }
}

// The way over an exec.
extension ControlServer {
    /// Leaves the listening socket to the program that takes this one's place, and the clients that have said nothing yet.
    ///
    /// - Parameter awaited: a client that gets its answer from there.
    func pass(to next: ExecState, _ awaited: ControlClientID?) {
        next.leave(listener.number, as: ExecState.Name.control)
        for connection in connections.values where connection.isSilent {
            next.leave(connection.socket.number, as: "\(ExecState.Name.visitor)\(connection.id.serial)")
        }
        if let connection = awaited.flatMap({ connections[$0.serial] }) {
            next.leave(connection.socket.number, as: ExecState.Name.client)
        }
    }

    /// Goes on with the clients of the program before; returns the one that waits for an answer.
    mutating func takeUp(_ passed: ExecState, on epoll: borrowing Epoll, at now: Duration) -> ControlClientID? {
        for serial in passed.names(ExecState.Name.visitor) {
            guard let visitor = passed.take(ExecState.Name.visitor + serial) else { continue }
            _ = admit(Socket(adopting: visitor), on: epoll, at: now)
        }
        guard let descriptor = passed.take(ExecState.Name.client),
            let client = admit(Socket(adopting: descriptor), on: epoll, at: now)
        else { return nil }
        connections[client.serial]?.noteRequest()
        return client
    }
}
