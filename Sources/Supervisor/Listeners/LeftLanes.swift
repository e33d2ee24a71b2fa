internal import DeployCore
internal import Linux

/// What an earlier master left of a listener.
struct LeftLanes {
    let name: String
    /// The address as that master had it; nil: not known, and taken for the same.
    let address: SocketAddress?
    let backlog: Int
    /// It speaks TLS, as far as that is not in the configuration.
    var isSecure = false
    /// Who had which lane.
    let pool: LanePool?
    /// Their sockets, by the number in the lane's name.
    let sockets: [Int: Socket.Box]
    /// That master's configuration had it no longer.
    var isLeaving = false

    /// The socket that was opened last, with its number.
    var newest: (Int, Socket.Box)? { sockets.max { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// Whether it is the listener that these settings mean: its name and its address.
    func isMeant(by setting: ListenerSetting) -> Bool {
        guard name == setting.name else { return false }
        guard let address, address != setting.address else { return true }
        // The port may be one of the kernel's choice, in the file of then or in that of now.
        return bound?.isWhatIsMeant(by: setting.address) ?? false
    }

    private var bound: SocketAddress? { sockets.values.lazy.compactMap(\.localAddress).first }

    /// Goes on with it, whatever the configuration has by now; nil: there is nothing to go on with.
    func listener(_ keeper: LaneKeeper) -> (any Listener)? {
        guard !sockets.isEmpty, let address = address ?? bound else { return nil }
        let setting = ListenerSetting(name: name, address: address, backlog: backlog, isSecure: isSecure)
        let isV6Only = sockets.values.lazy.compactMap { $0.isOn(.v6Only) }.first ?? false
        let listener = try? makeListener(setting, isV6Only: isV6Only, keeper: keeper, left: self)
        listener?.isLeaving = isLeaving
        return listener
    }
}

extension [LeftLanes] {
    /// Sorts sockets by the listeners that a state has: two of one name differ by their address.
    ///
    /// - Parameter sockets: by the listener's name and the lane's number.
    init(_ sockets: [String: [Int: Socket.Box]], of saved: SavedState) {
        let listeners = saved.listeners
        var own = listeners.map { _ in [Int: Socket.Box]() }
        self = []
        for (name, sockets) in sockets.sorted(by: { $0.key < $1.key }) {
            let indices = listeners.indices.filter { listeners[$0].name == name }
            guard !indices.isEmpty else {
                append(
                    LeftLanes(
                        name: name, address: nil, backlog: Defaults.backlog, pool: saved.lanes[name], sockets: sockets))
                continue
            }
            for (number, socket) in sockets {
                own[indices.first { listeners[$0].owns(socket, number) } ?? indices[0]][number] = socket
            }
        }
        self += listeners.indices.map { index in
            let listener = listeners[index]
            return LeftLanes(
                name: listener.name, address: listener.address, backlog: listener.backlog,
                isSecure: listener.isSecure, pool: listener.pool, sockets: own[index], isLeaving: listener.isLeaving)
        }
    }
}

extension SavedListener {
    /// Whether one of its lanes has this socket, or, where another holds the socket's lock, this number.
    fileprivate func owns(_ socket: Socket.Box, _ number: Int) -> Bool {
        guard let bound = socket.localAddress else {
            return pool?.holders[LaneNumber(rawValue: number)] != nil
        }
        guard case .unix(let path) = address else { return bound.isWhatIsMeant(by: address) }
        return bound == .unix(path: RenamedListener.name(path, GenerationNumber(rawValue: number))) || bound == address
    }
}
