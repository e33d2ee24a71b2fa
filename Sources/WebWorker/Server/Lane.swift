internal import Linux

/// A socket that connections are taken from.
final class Lane: Sendable {
    let socket: Socket
    /// Whether another generation accepts from it too: then a draining worker leaves it. A lane of our own has
    /// SO_REUSEPORT; the master has retired it before it says DRAIN, and only stragglers come.
    let isShared: Bool
    /// Whether its connections speak TLS.
    let isTLS: Bool

    init(inherited socket: consuming Socket, isTLS: Bool = false) throws(SystemError) {
        self.isTLS = isTLS
        try socket.descriptor.setNonBlocking(true)
        // Accepted connections have it from birth; a unix socket does not know it.
        try? socket.set(.noDelay, to: true)
        isShared = try !socket.isOn(.reusePort)
        self.socket = socket
    }

    init(openedAt address: SocketAddress) throws(SystemError) {
        isTLS = false
        let socket = try Socket.stream(address.family)
        if address.port != nil {
            try socket.set(.reuseAddress, to: true)
            try socket.set(.noDelay, to: true)
        }
        try socket.bind(address)
        try socket.listen(backlog: 4096)
        isShared = true
        self.socket = socket
    }
}
