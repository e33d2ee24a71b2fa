internal import Linux

/// An address on which users connect, with its lanes: the effects `openLanes`, `steer` and `releaseLanes`, for one
/// listener.
protocol Listener: AnyObject {
    var setting: ListenerSetting { get }
    var steering: ListenerReport.Steering { get }
    /// Lanes that exist, free ones included.
    var laneCount: Int { get }
    /// Who has which lane, where there are several to choose from.
    var pool: LanePool? { get }

    /// Gives the generation a lane that listens.
    func open(for generation: GenerationNumber) throws(SystemError)
    /// Takes the generation's lane back.
    func release(_ generation: GenerationNumber)
    /// The generation's lane.
    func lane(of generation: GenerationNumber) -> Lane?
    /// Sends new connections where the target says.
    func steer(to target: SteeringTarget) throws(SystemError)
    /// From now on, the connection from `source` enters the generation's lane.
    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError)
    /// Forgets the connection from `source`.
    func dismiss(_ source: SocketAddress)
    /// Puts right what a worker did to a lane: a socket that was shut down listens again.
    func repair()
    /// Takes the address out of the file system, where it is there.
    func close()
}

extension Listener {
    /// Where a probe of the generation connects to.
    func probeTarget(of generation: GenerationNumber) -> SocketAddress? { lane(of: generation)?.address }
}

/// What an earlier master left of a listener.
struct LeftLanes {
    /// Who had which lane.
    let pool: LanePool?
    /// Their sockets, by the number in the lane's name.
    let sockets: [Int: Socket.Box]
}

/// Opens the right kind of listener for an address, or goes on with what an earlier master left of it, or begins with the
/// socket that systemd handed in.
func makeListener(
    _ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, left: LeftLanes?, handedIn: Socket.Box? = nil
) throws(SystemError) -> any Listener {
    switch setting.address {
    case .v4, .v6:
        if let left, let pool = left.pool, !left.sockets.isEmpty {
            return try SteeredListener(setting, isV6Only: isV6Only, keeper: keeper, pool: pool, left.sockets)
        }
        if let socket = left?.sockets[1]?.take() { return SharedListener(setting, keeper: keeper, socket) }
        if let socket = handedIn?.take() { return SteeredListener.begin(setting, keeper: keeper, handedIn: socket) }
        return try SteeredListener(setting, isV6Only: isV6Only, keeper: keeper)
    case .unix:
        if let socket = handedIn?.take() { return SharedListener(setting, keeper: keeper, handedIn: socket) }
        if let left, !left.sockets.isEmpty { return RenamedListener(setting, keeper: keeper, left.sockets) }
        return try RenamedListener(setting, keeper: keeper)
    case .abstract, .unnamed:
        if let socket = left?.sockets[1]?.take() { return SharedListener(setting, keeper: keeper, socket) }
        if let socket = handedIn?.take() { return SharedListener(setting, keeper: keeper, handedIn: socket) }
        return try SharedListener(setting, keeper: keeper)
    }
}
