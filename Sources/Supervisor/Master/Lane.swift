internal import Linux

/// One listening socket of a listener. The master keeps it open for as long as a connection could still enter it.
final class Lane {
    let number: LaneNumber
    let socket: Socket
    /// Where a probe connects to enter this lane and no other: the listener's address (with steering), or a name of the
    /// lane's own.
    let address: SocketAddress
    /// Set while the master accepts from it, since no generation does.
    var stragglerToken: Token?
    /// Connections that the kernel keeps, from the next `listen` on.
    var backlog: Int

    /// Takes a bound socket over.
    init(_ number: LaneNumber, _ socket: consuming Socket, address: SocketAddress, backlog: Int) {
        self.number = number
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

    /// Takes the next connection, without ever waiting: whether a socket blocks is a flag that all who hold it share, and a
    /// worker may have set it.
    func accept() -> AcceptResult {
        do { try socket.descriptor.setNonBlocking(true) } catch { return .failed(error.errno) }
        return socket.accept()
    }

    /// Whether it can be connected to. A worker's `shutdown` ends that for a TCP socket; it cannot be undone for a unix
    /// socket, whose option keeps its value.
    var isListening: Bool {
        switch address.family {
        case .v4, .v6: (try? socket.listenerInfo().isListening) ?? false
        case .unix: (try? socket.isListening()) ?? false
        }
    }

    /// Connections that wait to be accepted. The kernel tells it for TCP only; a unix lane counts as empty.
    var acceptQueue: Int {
        switch address.family {
        case .v4, .v6: (try? socket.listenerInfo().acceptQueue) ?? 0
        case .unix: 0
        }
    }

    /// Length and limit of the queue, for `status`.
    var info: ListenerInfo? { address.family == .unix ? nil : try? socket.listenerInfo() }
}
