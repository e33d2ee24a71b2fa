internal import Linux

/// The connections of a worker, by their descriptors.
struct ConnectionTable {
    private var places: [Connection?] = []
    private(set) var count = 0
    /// The room for connections from draining workers.
    var adopted: AdoptionRoom

    init(_ adopted: AdoptionRoom) { self.adopted = adopted }

    /// All of them, as they are now.
    var all: [Connection] { places.compactMap { $0 } }

    /// The connection of a token, unless it is gone.
    func find(_ token: UInt64) -> Connection? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < places.count, let connection = places[index], connection.token == token else { return nil }
        return connection
    }

    /// The exchange in pieces of a token, unless it is over.
    func exchange(_ token: UInt64) -> StreamedExchange? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < places.count, let stream = places[index]?.stream, stream.token == token else { return nil }
        return stream
    }

    /// The descriptor limit leaves room for the connections of a message, beside those of bodies in files.
    func fitsMessage(spools: Int) -> Bool { adopted.fitsMessage(connections: count, spools: spools) }

    mutating func add(_ connection: Connection) {
        while places.count <= connection.descriptorIndex { places.append(nil) }
        places[connection.descriptorIndex] = connection
        count += 1
    }

    /// False when it is not there.
    mutating func remove(_ connection: Connection) -> Bool {
        let index = connection.descriptorIndex
        guard places[index] === connection else { return false }
        places[index] = nil
        count -= 1
        if connection.socket.isShared { adopted.leave() }
        return true
    }
}
