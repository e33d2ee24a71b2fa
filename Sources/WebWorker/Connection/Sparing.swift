internal import Handoff
internal import Linux

/// Connections that a worker keeps, whatever their lot, while users are kept out of the site: of those who are let in, and of the
/// supervisor, whose probes come here as ever.
struct Sparing: Equatable, Sendable {
    private let networks: [IPNetwork]

    /// Nil where nothing is said of any: then all connections go by their lots. What is no network is passed over.
    init?(_ texts: [String]?) {
        guard let texts else { return nil }
        networks = texts.compactMap { IPNetwork($0) }
    }

    /// Whether it stays. A connection that may be the supervisor's, on which nothing was asked yet, does until that is answered.
    func spares(_ connection: Connection) -> Bool {
        guard let peer = try? connection.socket.peerAddress() else { return false }
        if networks.contains(where: { $0.contains(peer) }) { return true }
        guard connection.exchange.since == 0, !connection.socket.isShared else { return false }
        return OwnProbe.mayComeFrom(peer, to: connection.ownAddress())
    }
}
