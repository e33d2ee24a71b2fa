internal import Handoff

/// The idle connections that wait to go to the serving generation.
struct Offers {
    /// There is a channel by which connections can go.
    var isOn = false
    /// Whoever is there takes connections with TLS too.
    var takesTLS: Bool
    private var tokens: [UInt64] = []

    init(takesTLS: Bool = false) { self.takesTLS = takesTLS }

    var isEmpty: Bool { tokens.isEmpty }

    /// Whether a connection can go there, now or when it is idle. `tls` is nil for one without it.
    func takes(_ tls: TLSTransport?) -> Bool {
        guard let tls else { return true }
        guard takesTLS else { return false }
        if case .library = tls.state { return false }
        return true
    }

    mutating func add(_ connection: Connection) {
        connection.isOffered = true
        tokens.append(connection.token)
    }

    /// The next connections that fit into a message: the ones that were offered last.
    mutating func next(of connections: ConnectionTable) -> [Connection] {
        var batch: [Connection] = []
        var room = HandoverMessage.maxReadBytes
        var stateRoom = HandoverMessage.maxStateBytes
        while batch.count < HandoverMessage.maxConnections, let token = tokens.last {
            guard let connection = connections.find(token) else {
                tokens.removeLast()
                continue
            }
            let departure = Departure(connection)
            let (count, states) = (departure.readCount, departure.stateCount)
            let isReady =
                departure.isPossible && takes(connection.tls) && count <= HandoverMessage.maxReadBytes
                && states <= HandoverMessage.maxStateBytes
            if isReady, count > room || states > stateRoom { break }
            tokens.removeLast()
            connection.isOffered = false
            guard isReady else { continue }
            room -= count
            stateRoom -= states
            batch.append(connection)
        }
        return batch
    }
}
