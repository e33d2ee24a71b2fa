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

    /// Goes on with a client of the program that this process ran before. One that `isAwaited` has made its request there,
    /// and waits for the answer.
    @discardableResult
    mutating func adopt(
        _ socket: consuming Socket, isAwaited: Bool, on epoll: borrowing Epoll, at now: Duration
    ) -> ControlClientID? {
        let client = admit(socket, on: epoll, at: now)
        if isAwaited, let client { connections[client.serial]?.noteRequest() }
        return client
    }

    private mutating func admit(
        _ socket: consuming Socket, on epoll: borrowing Epoll, at now: Duration
    ) -> ControlClientID? {
        guard let credentials = try? socket.peerCredentials(), let groups = try? socket.peerGroups() else { return nil }
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
