internal import Linux

// What a load balancer says of the connection that it passes on.
extension WorkerLoop {
    /// Takes a PROXY header off the front of what was kept. True when a request may follow there.
    ///
    /// Only of trusted peers, which may also leave it out: the supervisor's own probes come from this machine, as the
    /// balancer often does. No request looks like a header.
    mutating func takeProxyHeader(_ connection: Connection) -> Bool {
        switch ProxyHeader.parse(connection.input.span) {
        case .incomplete:
            perform(connection.handle(.headBegan), connection)
            return false
        case .none:
            connection.awaitsProxyHeader = false
            return true
        case .malformed:
            perform(.refuse(.requestLine), connection)
            return false
        case .complete(let consumed, let source, let isTLS):
            connection.awaitsProxyHeader = false
            if let source {
                connection.proxyHeader = Array(connection.input[..<consumed])
                connection.identity = ClientIdentity(peer: source, isTLS: isTLS, trusted: site.trusted)
            }
            connection.input.removeFirst(consumed)
            return !connection.input.isEmpty
        }
    }
}
