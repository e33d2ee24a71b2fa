internal import Linux

/// The two ends of a connection: looked up once, and only if somebody wants to know.
struct Peer {
    enum Front {
        /// A request may follow behind so many bytes.
        case request(behind: Int)
        /// A header, of which more must come.
        case incomplete
        case malformed
    }

    /// The connection may begin with a PROXY header.
    var awaitsProxyHeader = false
    /// The PROXY header that came; it goes along when the connection is handed over.
    private(set) var proxyHeader: [UInt8] = []
    /// Nil until somebody asks.
    private(set) var client: ClientIdentity?
    private(set) var own: SocketAddress?

    /// The same with who the client is.
    func identified(_ socket: borrowing Socket, isTLS: Bool, _ trusted: TrustedProxies) -> Peer {
        var peer = self
        peer.client = ClientIdentity(peer: (try? socket.peerAddress()) ?? .unnamed, isTLS: isTLS, trusted: trusted)
        return peer
    }

    /// The same with our own end.
    func located(_ socket: borrowing Socket) -> Peer {
        var peer = self
        peer.own = (try? socket.localAddress()) ?? .unnamed
        return peer
    }

    /// Takes up a PROXY header at the front of what came: what a load balancer says of the connection that it passes on.
    ///
    /// Only of trusted peers, which may also leave it out: the supervisor's own probes come from this machine, as the
    /// balancer often does. No request looks like a header.
    ///
    /// `isTLS`: our own end of the connection is encrypted.
    mutating func takeProxyHeader(_ input: [UInt8], isTLS: Bool = false, _ trusted: TrustedProxies) -> Front {
        switch ProxyHeader.parse(input.span) {
        case .incomplete: return .incomplete
        case .malformed: return .malformed
        case .none:
            awaitsProxyHeader = false
            return .request(behind: 0)
        case .complete(let consumed, let source, let clientIsTLS):
            awaitsProxyHeader = false
            if let source {
                proxyHeader = Array(input[..<consumed])
                client = ClientIdentity(peer: source, isTLS: isTLS || clientIsTLS, trusted: trusted)
            }
            return .request(behind: consumed)
        }
    }
}
