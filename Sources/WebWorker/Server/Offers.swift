internal import Handoff

/// The idle connections that wait to go to the serving generation.
struct Offers {
    /// There is a channel by which connections can go.
    var isOn = false
    private var tokens: [UInt64] = []

    var isEmpty: Bool { tokens.isEmpty }

    mutating func add(_ connection: Connection) {
        connection.isOffered = true
        tokens.append(connection.token)
    }

    /// The next connections that fit into a message: the ones that were offered last.
    mutating func next(of connections: ConnectionTable) -> [Connection] {
        var batch: [Connection] = []
        var room = HandoverMessage.maxReadBytes
        while batch.count < HandoverMessage.maxConnections, let token = tokens.last {
            guard let connection = connections.find(token) else {
                tokens.removeLast()
                continue
            }
            let count = connection.peer.proxyHeader.count + connection.input.count
            let isReady = connection.machine.mayLeave && count <= HandoverMessage.maxReadBytes
            if isReady && count > room { break }
            tokens.removeLast()
            connection.isOffered = false
            guard isReady else { continue }
            room -= count
            batch.append(connection)
        }
        return batch
    }
}
