internal import DeployCore
internal import Linux

/// An address on which users connect, with its lanes: the effects `openLanes`, `steer` and `releaseLanes`, for one
/// listener.
protocol Listener: AnyObject {
    var setting: ListenerSetting { get }
    /// No longer in the configuration: it gets no more lanes, and goes when those that it has are no longer used.
    var isLeaving: Bool { get set }
    /// The greatest number that one of its lanes has; 0 without any.
    var lastLane: Int { get }
    /// Whether no generation has a lane.
    var isUnused: Bool { get }
    /// Whether it has lanes of generations that are gone: as long as one could not be closed, the address is not given up.
    var hasLeftLanes: Bool { get }
    var steering: ListenerReport.Steering { get }
    /// Lanes that exist, free ones included.
    var laneCount: Int { get }
    /// Who has which lane, where there are several to choose from.
    var pool: LanePool? { get }

    /// Gives the generation a lane that listens.
    func open(for generation: GenerationNumber) throws(SystemError)
    /// The generation is gone; its lane goes when nobody can be on the way to it any more.
    func release(_ generation: GenerationNumber)
    /// The generation's lane.
    func lane(of generation: GenerationNumber) -> Lane?
    /// Where a probe of the generation connects to.
    func probeTarget(of generation: GenerationNumber) -> SocketAddress?
    /// Whether the lane is still one of its lanes.
    func has(_ lane: Lane) -> Bool
    /// Closes the lanes that no generation has. One that could not be closed is to be ended later: see ``hasLeftLanes``.
    func closeFreeLanes()
    /// Connections that the listener took out of a lane, to be passed on: given away.
    func takeRescued() -> [Socket.Box]
    /// The lanes that the master watches: see ``LaneState``.
    var watchable: [(lane: Lane, state: LaneState)] { get }
    /// When the next lane is to be ended.
    var nextDeadline: Instant? { get }
    /// Lanes that are to be ended now.
    func expired(at now: Instant) -> [Lane]
    /// Lanes of generations that are gone, to which nobody is on the way any more.
    func quiet(_ handshakes: Handshakes) -> [Lane]
    /// Whether `quiet` and `settle` may have something to do.
    func isUnsettled(_ draining: Set<GenerationNumber>) -> Bool
    /// Brings the lane that users enter to where the end of the master and the keeper cannot move it into danger.
    func settle(_ draining: Set<GenerationNumber>)
    /// Tries to end such a lane later: somebody may still wait there.
    func postpone(_ lane: Lane)
    /// Ends such a lane, for all who may still hold it.
    func end(_ lane: Lane)
    /// From now on the kernel keeps so many connections for a lane.
    func setBacklog(_ backlog: Int)
    /// Generations that are opened from now on speak TLS there, or do not.
    func setSecure(_ isSecure: Bool)
    /// Sends new connections where the target says. A listener where nobody of the target has a lane goes on as it was;
    /// one whose address is a path takes that away.
    func steer(to target: SteeringTarget) throws(SystemError)
    /// Keeps users out, beside and whatever the target: they enter the lane of ``GenerationNumber/maintenance``. Nil lets them in
    /// again. A listener without steering cannot, and does nothing.
    func close(_ closure: Closure?) throws(SystemError)
    /// What it is closed by; nil: it is not.
    var closure: Closure? { get }
    /// From now on, the connection from `source` enters the generation's lane.
    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError)
    /// Forgets the connection from `source`.
    func dismiss(_ source: SocketAddress)
    /// Puts right what a worker did to a lane: a socket that was shut down listens again.
    func repair()
    /// Puts right what others did to steering.
    func restoreSteering()
    /// Lanes of generations to which no user is sent: who comes there nevertheless strayed while steering was gone.
    var unsteered: [Lane] { get }
    /// Whether the connection from `source` has a way of its own.
    func isGuest(_ source: SocketAddress) -> Bool
    /// Paths that its sockets have, to be watched: see `mend`.
    var names: [String] { get }
    /// What keeps users from connecting, and cannot be mended.
    var trouble: ListenerTrouble? { get }
    /// Puts right what others did to the names; says what was done, or could not be.
    func mend() -> String?
    /// Lets nobody in any more: the master stops, and what waits in the lanes shall run out.
    func shutDoor()
    /// Behind `shutDoor`: who tries to connect is refused at once.
    func lockUp()
    /// Takes the address out of the file system, where it is there.
    func close()
}

extension Listener {
    /// Whether it is the listener that these settings mean.
    func serves(_ asked: ListenerSetting) -> Bool {
        asked.name == setting.name && setting.address.isWhatIsMeant(by: asked.address)
    }

    /// Whether it is leaving, and nothing is left to wait for.
    var isLeft: Bool { isLeaving && isUnused && !hasLeftLanes }

    /// What one of its lanes is by now; nil: it is none of those that are watched.
    func state(of lane: Lane) -> LaneState? { watchable.first { $0.lane === lane }?.state }

    func takeRescued() -> [Socket.Box] { [] }
    func close(_ closure: Closure?) throws(SystemError) {}
    var closure: Closure? { nil }
    /// Whether a connection from there, of whatever lane, is for the pages of maintenance; nil: the kernel does not say from where.
    func keepsOut(_ source: SocketAddress?) -> Bool { closure?.keepsOut(source) ?? false }
    var hasLeftLanes: Bool { false }
    var names: [String] { [] }
    var trouble: ListenerTrouble? { nil }
    func mend() -> String? { nil }
    var nextDeadline: Instant? { nil }
    func expired(at now: Instant) -> [Lane] { [] }
    func quiet(_ handshakes: Handshakes) -> [Lane] { [] }
    func isUnsettled(_ draining: Set<GenerationNumber>) -> Bool { false }
    func settle(_ draining: Set<GenerationNumber>) {}
    func postpone(_ lane: Lane) {}
    func end(_ lane: Lane) {}
    func restoreSteering() {}
    var unsteered: [Lane] { [] }
    func isGuest(_ source: SocketAddress) -> Bool { false }
    func lockUp() {}
    func probeTarget(of generation: GenerationNumber) -> SocketAddress? { lane(of: generation)?.address }
}

extension SocketAddress {
    /// Where a connection from this machine reaches a listener: every address means the loopback one.
    var reachable: SocketAddress {
        switch self {
        case .v4(.any, let port): .v4(.loopback, port: port)
        case .v6(.any, let port, _): .v6(.loopback, port: port, scope: 0)
        case .v4, .v6, .unix, .abstract, .unnamed: self
        }
    }

    /// Whether a socket that is bound here has the address of the settings, whose port the kernel may have chosen.
    func isWhatIsMeant(by asked: SocketAddress) -> Bool {
        switch (asked, self) {
        case (.v4(let asked, port: 0), .v4(let own, _)): asked == own
        case (.v6(let asked, port: 0, _), .v6(let own, _, _)): asked == own
        case (let asked, let own): asked == own
        }
    }
}

/// Opens the right kind of listener for an address, or goes on with what an earlier master left of it, or begins with the
/// socket that systemd handed in.
///
/// - Parameter behind: the numbers of its lanes begin behind this one: another listener of its name has those before.
func makeListener(
    _ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, left: LeftLanes?, handedIn: Socket.Box? = nil,
    behind: Int = 0
) throws(SystemError) -> any Listener {
    switch setting.address {
    case .v4, .v6:
        if let left, let pool = left.pool, !left.sockets.isEmpty {
            return try SteeredListener(
                setting, isV6Only: isV6Only, keeper: keeper, pool: pool, left.sockets, handedIn: handedIn)
        }
        if let (number, box) = left?.newest, let socket = box.take() {
            return SharedListener(setting, keeper: keeper, socket, number: number)
        }
        if let socket = handedIn?.take() { return HandedInSocket(socket).listener(at: setting, keeper: keeper) }
        return try SteeredListener(setting, isV6Only: isV6Only, keeper: keeper, behind: behind)
    case .unix:
        if let socket = handedIn?.take() { return SharedListener(setting, keeper: keeper, handedIn: socket) }
        if let left, !left.sockets.isEmpty { return RenamedListener(setting, keeper: keeper, left.sockets) }
        return try RenamedListener(setting, keeper: keeper)
    case .abstract, .unnamed:
        if let (number, box) = left?.newest, let socket = box.take() {
            return SharedListener(setting, keeper: keeper, socket, number: number)
        }
        if let socket = handedIn?.take() { return SharedListener(setting, keeper: keeper, handedIn: socket) }
        return try SharedListener(setting, keeper: keeper, number: behind + 1)
    }
}
