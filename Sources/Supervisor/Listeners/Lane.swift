internal import Linux

/// One listening socket of a listener. The master keeps it open for as long as a connection could still enter it.
final class Lane {
    let number: LaneNumber
    let socket: Socket
    /// Where a probe connects to enter this lane and no other: the listener's address (with steering), or a name of the
    /// lane's own.
    let address: SocketAddress
    /// The socket's number in the kernel's lists.
    let inode: UInt64?
    /// Set while the master watches it.
    var watch: LaneWatch?
    /// Connections that the kernel keeps, from the next `listen` on.
    var backlog: Int

    /// Takes a bound socket over.
    init(_ number: LaneNumber, _ socket: consuming Socket, address: SocketAddress, backlog: Int) {
        self.number = number
        inode = (try? socket.descriptor.status())?.inode
        self.socket = socket
        self.address = address
        self.backlog = backlog
    }

    /// Begins to listen, again after a worker's `shutdown`, or with the backlog that a worker changed.
    func listen() throws(SystemError) { try socket.listen(backlog: backlog) }

    /// Whether the programs that are about to have it wait in `accept` itself. It may have been another generation's before.
    func setBlocking(_ isBlocking: Bool) throws(SystemError) {
        try socket.descriptor.setNonBlocking(!isBlocking)
    }

    /// Takes the next connection, without ever waiting for one: workers may let the socket block, at any moment.
    func accept() -> AcceptResult { socket.acceptWithoutWaiting() }

    /// Whether it can be connected to. A worker's `shutdown` ends that for a TCP socket; it cannot be undone for a unix
    /// socket, whose option keeps its value.
    var isListening: Bool {
        switch address.family {
        case .v4, .v6: (try? socket.listenerInfo().isListening) ?? false
        case .unix: (try? socket.isListening()) ?? false
        }
    }

    /// Whether somebody who holds it has bound it to a network device: see ``Socket/boundDevice()``.
    var isAstray: Bool { address.family != .unix && ((try? socket.boundDevice()) ?? 0) != 0 }

    /// Connections that wait to be accepted. Of a unix lane the kernel tells no more than that there are some.
    var acceptQueue: Int {
        switch address.family {
        case .v4, .v6: (try? socket.listenerInfo().acceptQueue) ?? 0
        case .unix: (try? Poll.readable(socket.number, timeout: .zero)) == true ? 1 : 0
        }
    }

    /// Length and limit of the queue, for `status`.
    var info: ListenerInfo? { address.family == .unix ? nil : try? socket.listenerInfo() }
}

/// What a lane is to those who watch it.
enum LaneState: Equatable {
    /// A generation's, which accepts from it.
    case generation(GenerationNumber)
    /// Of a generation that is gone.
    case retired
    /// Nobody's. Connections come here while nobody serves, and when somebody has tampered with steering.
    case fresh
}

/// How the master watches a lane.
struct LaneWatch {
    let token: Token
    var interest: Epoll.Interest
}
