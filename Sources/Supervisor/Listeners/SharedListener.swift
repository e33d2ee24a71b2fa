internal import DeployCore
internal import Linux

/// A listener without steering (an abstract unix socket, or one that systemd handed in): one socket from which all
/// generations accept.
final class SharedListener: Listener {
    private(set) var setting: ListenerSetting
    var isLeaving = false
    private let shared: Lane
    private var generations: Set<GenerationNumber> = []
    private let keeper: LaneKeeper
    /// Whether this master bound the address. Another's socket comes again to the next master, which it must serve.
    private let isOwn: Bool

    init(_ setting: ListenerSetting, keeper: LaneKeeper, number: Int = 1) throws(SystemError) {
        self.setting = setting
        self.keeper = keeper
        isOwn = true
        let socket = try Socket.stream(setting.address.family)
        try socket.bind(setting.address)
        shared = Lane(LaneNumber(rawValue: number), socket, address: setting.address, backlog: setting.backlog)
        keeper.keep(shared.socket.number, LaneName.make(setting.name, number))
        try shared.listen()
    }

    /// Goes on with the socket that an earlier master left.
    init(_ setting: ListenerSetting, keeper: LaneKeeper, _ socket: consuming Socket, number: Int = 1) {
        self.setting = setting
        self.keeper = keeper
        isOwn = false
        shared = Lane(
            LaneNumber(rawValue: number), socket, address: setting.address.reachable,
            backlog: setting.backlog)
        shared.isLent = true
        keeper.isKept(shared.socket.number, LaneName.make(setting.name, number))
    }

    /// Serves from a socket that listens already, and that nobody keeps yet.
    init(_ setting: ListenerSetting, keeper: LaneKeeper, handedIn socket: consuming Socket) {
        self.setting = setting
        self.keeper = keeper
        isOwn = false
        shared = Lane(
            LaneNumber(rawValue: 1), socket, address: setting.address.reachable,
            backlog: setting.backlog)
        keeper.keep(shared.socket.number, LaneName.make(setting.name, 1))
    }

    var steering: ListenerReport.Steering { .shared }
    var laneCount: Int { 1 }
    var lastLane: Int { shared.number.rawValue }
    var isUnused: Bool { generations.isEmpty }
    var pool: LanePool? { nil }

    func open(for generation: GenerationNumber) { generations.insert(generation) }

    func release(_ generation: GenerationNumber) { generations.remove(generation) }

    func lane(of generation: GenerationNumber) -> Lane? { generations.contains(generation) ? shared : nil }

    func steer(to target: SteeringTarget) {}

    func admit(_ source: SocketAddress, to generation: GenerationNumber) {}

    func dismiss(_ source: SocketAddress) {}

    func repair() {}

    func has(_ lane: Lane) -> Bool { shared === lane }

    func closeFreeLanes() {}

    var watchable: [(lane: Lane, state: LaneState)] { [] }

    /// It cannot: the socket is everybody's.
    func shutDoor() {}

    /// What waits in a unix socket's queue can still be accepted. (net/unix/af_unix.c: unix_stream_connect refuses where
    /// RCV_SHUTDOWN is set, and unix_accept looks into the queue first.) A TCP socket's queue would be reset; one that is
    /// shared is never this master's own.
    func lockUp() {
        if isOwn { try? shared.shutDown() }
    }

    func setSecure(_ isSecure: Bool) { setting.isSecure = isSecure }

    func setBacklog(_ backlog: Int) {
        setting.backlog = backlog
        shared.backlog = backlog
        try? shared.listen()
    }

    func close() { keeper.forget(LaneName.make(setting.name, shared.number.rawValue)) }
}
