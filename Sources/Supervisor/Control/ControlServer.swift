internal import DeployCore
package import Linux

/// The master's end of the control socket. It belongs to the master's loop, and never blocks or starts a thread.
///
/// Tokens: the server is given a base, a number whose low 48 bits are zero and whose high 16 bits are its alone. It
/// registers its listening socket as the base and each client as the base plus a serial number from 1 that is never
/// used again, so an event that comes late for a closed client finds nobody. The loop hands every event for which
/// `owns(_:)` is true to `handleReady`, and calls `expire` when `nextDeadline` has come.
package struct ControlServer: ~Copyable {
    private static let serialBits: UInt64 = 48

    private(set) var listener: Socket
    private(set) var access: ControlAccess
    let baseToken: UInt64
    var connections: [UInt64: ControlConnection] = [:]
    var lastSerial: UInt64 = 0
    var acceptResumesAt: Duration?
    /// A descriptor for one client more when the process is out of them: an operator has to be able to look.
    var reserve: FileDescriptor? = try? Files.openNull()
    private var buffer = [UInt8](repeating: 0, count: ControlLimits.maxReadPerTurn)

    /// Listens at `path`, in the place of whatever stood there: the caller holds the state directory's lock, so that
    /// can only be what a dead master left.
    package init(
        at path: String, access: ControlAccess, baseToken: UInt64, on epoll: borrowing Epoll
    ) throws(SystemError) {
        try self.init(
            adopting: ControlSocketFile.listen(at: path, access: access), access: access, baseToken: baseToken,
            on: epoll)
    }

    /// Goes on with a listening socket that an earlier master left.
    package init(
        adopting listener: consuming Socket, access: ControlAccess, baseToken: UInt64, on epoll: borrowing Epoll
    ) throws(SystemError) {
        if baseToken & ((1 << Self.serialBits) - 1) != 0 { fatalError("control: base token \(baseToken) has low bits") }
        try epoll.add(listener.number, .readable, token: baseToken)
        self.listener = listener
        self.access = access
        self.baseToken = baseToken
    }

    /// Lets others in from now on; who is connected stays.
    ///
    /// - Parameter path: where the server listens.
    package mutating func change(_ access: ControlAccess, at path: String) throws(SystemError) {
        try ControlSocketFile.set(access, on: path)
        self.access = access
    }

    /// True if a connection to `path` reaches this server.
    package borrowing func isPresent(at path: String) -> Bool {
        guard let socket = try? Socket.stream(.unix), (try? socket.connect(.unix(path: path))) != nil else {
            return false
        }
        return (try? PeerCredentials(behind: socket))?.pid == ThisProcess.pid
    }

    /// Listens at `path` anew, where somebody has removed the socket; who is connected stays.
    package mutating func listenAnew(at path: String, on epoll: borrowing Epoll) throws(SystemError) {
        let fresh = try ControlSocketFile.listen(at: path, access: access)
        try epoll.remove(listener.number)
        try epoll.add(fresh.number, .readable, token: baseToken)
        listener = fresh
        acceptResumesAt = nil
    }

    /// A client still has something to read.
    package var hasUnsent: Bool { connections.values.contains(where: \.hasUnsent) }

    /// Connections that are open.
    package var clientCount: Int { connections.count }

    /// The token belongs to the server.
    package func owns(_ token: UInt64) -> Bool { token >> Self.serialBits == baseToken >> Self.serialBits }

    /// The latest time for the next call of `expire`; nil if nothing is awaited.
    package var nextDeadline: Duration? {
        var next = acceptResumesAt
        for connection in connections.values {
            guard let deadline = connection.deadline else { continue }
            next = min(next ?? deadline, deadline)
        }
        return next
    }

    /// Takes up an event of epoll.
    package mutating func handleReady(
        _ ready: Epoll.Ready, on epoll: borrowing Epoll, at now: Duration
    ) -> [ControlInput] {
        if ready.token == baseToken {
            acceptClients(on: epoll, at: now)
            return []
        }
        guard let connection = connections[ready.token - baseToken] else { return [] }
        var inputs: [ControlInput] = []
        var progress = ControlConnection.Progress.goesOn
        if ready.events.contains(.readable) {
            let received = connection.receive(using: &buffer, at: now)
            // A unix socket hangs up when its peer is closed, and not when that has only closed its sending side.
            let hasLeft = ready.events.contains(.hangUp)
            inputs = received.commands.map { request in
                guard hasLeft, request.command.needsClient else { return .request(request) }
                connection.forgetRequest()
                return .abandoned(request)
            }
            progress = received.1
        }
        if !ready.events.contains(.readable), !ready.events.isDisjoint(with: [.hangUp, .error]) { progress = .ended }
        if progress == .goesOn { progress = connection.flush(at: now) }
        return inputs + settle(connection, progress, on: epoll)
    }

    /// Sends an event to a client, as far as it reads; one that is gone is passed over. The last event closes.
    ///
    /// A client whose connection fails here is told of as `gone` by a later `handleReady`.
    package mutating func send(
        _ event: ControlEvent, to client: ControlClientID, on epoll: borrowing Epoll, at now: Duration
    ) {
        guard let connection = connections[client.serial] else { return }
        var progress = connection.queue(event, at: now)
        if event.isLast { connection.replyEnded = true }
        if progress == .goesOn { progress = connection.flush(at: now) }
        if progress == .ended, connection.isAwaited {
            // The loop is in the middle of something else: let epoll report the hang-up when it is done.
            try? connection.socket.shutdown(.both)
            return
        }
        _ = settle(connection, progress, on: epoll)
    }

    /// Closes a client's connection at once; what waits for it is lost.
    package mutating func close(_ client: ControlClientID) {
        connections[client.serial] = nil
    }

    /// Drops the clients whose time is up and accepts again after a pause.
    package mutating func expire(on epoll: borrowing Epoll, at now: Duration) -> [ControlInput] {
        if let resume = acceptResumesAt, resume <= now {
            acceptResumesAt = nil
            try? epoll.modify(listener.number, .readable, token: baseToken)
        }
        var inputs: [ControlInput] = []
        for connection in connections.values {
            let wasAwaited = connection.isAwaited
            guard connection.expire(at: now) == .ended else { continue }
            connections[connection.id.serial] = nil
            if wasAwaited { inputs.append(.gone(connection.id)) }
        }
        return inputs
    }

    private mutating func settle(
        _ connection: ControlConnection, _ progress: ControlConnection.Progress, on epoll: borrowing Epoll
    ) -> [ControlInput] {
        if progress == .ended {
            connections[connection.id.serial] = nil
            return connection.isAwaited ? [.gone(connection.id)] : []
        }
        let wanted = connection.wanted
        if wanted != connection.interest {
            connection.interest = wanted
            try? epoll.modify(connection.socket.number, wanted, token: baseToken + connection.id.serial)
        }
        return []
    }
}
