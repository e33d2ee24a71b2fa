internal import Handoff
internal import Linux

/// Recognizes probes of the supervisor, which are left out of the access log.
enum OwnProbe {
    /// By what the supervisor writes, and nothing else: a proxy in front would leave its own order, or fields of its own.
    static func isWritten(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        guard head.method == .get, head.fields.count == 3 else { return false }
        let (host, agent, connection) = (head.fields[0], head.fields[1], head.fields[2])
        return bytes.equals(ProbeMark.userAgent, at: agent.value.range)
            && bytes.equalsIgnoringCase("host", at: host.name.range)
            && bytes.equalsIgnoringCase("user-agent", at: agent.name.range)
            && bytes.equalsIgnoringCase("connection", at: connection.name.range)
            && bytes.equalsIgnoringCase("close", at: connection.value.range)
    }

    /// The connection comes from the very address that it leads to, as the supervisor's do.
    static func mayComeFrom(_ peer: SocketAddress, to own: SocketAddress) -> Bool {
        switch (peer.unmapped, own.unmapped) {
        case (.v4(let peer, _), .v4(let own, _)): peer == own
        case (.v6(let peer, _, _), .v6(let own, _, _)): peer == own
        case (.unix, .unix), (.abstract, .unix), (.unnamed, .unix), (.unnamed, .abstract), (.unnamed, .unnamed): true
        default: false
        }
    }
}
