internal import Linux

/// A TCP listener: a group of SO_REUSEPORT sockets, one lane a generation, and a program in the kernel that says which
/// lane a new connection enters.
final class SteeredListener: Listener {
    private(set) var setting: ListenerSetting
    var isLeaving = false
    var lanePool = LanePool()
    var lanes: [LaneNumber: Lane] = [:]
    /// Where new connections go; nil: nobody has said yet.
    var target: SteeringTarget?
    /// Connections that have a way of their own: where each comes from, and the generation that it is for.
    var guests: [(source: SocketAddress, generation: GenerationNumber)] = []
    /// Lanes of generations that are not proven yet.
    var gated: Set<LaneNumber> = []
    /// Whether the kernel's group has the lanes in the order of the pool.
    var isOrderKnown = true

    private let isV6Only: Bool
    private let keeper: LaneKeeper

    /// Claims the address: another program's listener on it, or another master's, is EADDRINUSE here. Port 0 becomes a
    /// port of the kernel's choice. `isV6Only` leaves IPv4 to another listener of the same port. Lanes are numbered from
    /// the one behind `behind`.
    init(
        _ setting: ListenerSetting, isV6Only: Bool = false, keeper: LaneKeeper, behind: Int = 0
    ) throws(SystemError) {
        self.isV6Only = isV6Only
        self.keeper = keeper
        lanePool = LanePool(behind: behind)
        // A socket without SO_REUSEPORT cannot be bound beside any that listens, even one of a group of the same user.
        let trial = try Socket.stream(setting.address.family)
        try trial.set(.reuseAddress, to: true)
        if setting.address.family == .v6 { try trial.set(.v6Only, to: isV6Only) }
        try trial.bind(setting.address)
        self.setting = ListenerSetting(
            name: setting.name, address: try trial.localAddress(), backlog: setting.backlog)
    }

    /// Goes on with the lanes that an earlier master left: `pool` as it was saved last, and the sockets by lane number.
    ///
    /// The kernel still goes by that master's program; call `steer` when it is known who serves.
    init(
        _ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, pool: LanePool, _ sockets: [Int: Socket.Box]
    ) throws(SystemError) {
        self.isV6Only = isV6Only
        self.keeper = keeper
        lanePool = pool
        var address = setting.address
        for (number, box) in sockets.sorted(by: { $0.key < $1.key }) {
            // What the pool does not know was another listener's of this name.
            guard pool.holders[LaneNumber(rawValue: number)] != nil, let socket = box.take() else { continue }
            address = try socket.localAddress()
            let lane = Lane(
                LaneNumber(rawValue: number), socket, address: Self.reachable(address), backlog: setting.backlog)
            keeper.isKept(lane.socket.number, LaneName.make(setting.name, number))
            lanes[lane.number] = lane
        }
        self.setting = ListenerSetting(name: setting.name, address: address, backlog: setting.backlog)
        isOrderKnown = lanePool.recover { lanes[$0]?.isListening }
        for number in lanes.keys where lanePool.holders[number] == nil { lanes[number] = nil }
    }

    /// Begins with two free lanes that listen, the first and the second of their group.
    init(_ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, _ sockets: consuming TwoSockets) {
        self.isV6Only = isV6Only
        self.keeper = keeper
        self.setting = setting
        add(sockets.first)
        add(sockets.second)
    }

    private func add(_ socket: consuming Socket) {
        let number = lanePool.adopt()
        let lane = Lane(number, socket, address: Self.reachable(setting.address), backlog: setting.backlog)
        keeper.keep(lane.socket.number, LaneName.make(setting.name, number.rawValue))
        lanes[number] = lane
    }

    var steering: ListenerReport.Steering { .lanes }
    var laneCount: Int { lanes.count }
    var lastLane: Int { lanes.keys.map(\.rawValue).max() ?? 0 }
    var isUnused: Bool { !lanePool.holders.values.contains { $0 != .nobody } }
    var pool: LanePool? { lanePool }

    func open(for generation: GenerationNumber) throws(SystemError) {
        repair()
        let acquisition = lanePool.acquire(for: generation)
        let number = acquisition.lane
        do {
            switch acquisition {
            case .reuse: try lanes[number].map(gate)
            case .listenAgain:
                try lanes[number].map(gate)
                try lanes[number]?.listen()
            case .open: lanes[number] = try open(number)
            }
        } catch {
            if case .open = acquisition { lanePool.openFailed(number) } else { release(generation) }
            throw error
        }
        switch acquisition {
        case .reuse: break
        case .listenAgain: lanePool.relisten(number)
        case .open: lanePool.opened(number)
        }
        try attach()
    }

    private func open(_ number: LaneNumber) throws(SystemError) -> Lane {
        let address = setting.address
        let socket = try Socket.stream(address.family)
        try socket.set(.reuseAddress, to: true)
        try socket.set(.reusePort, to: true)
        try socket.set(.noDelay, to: true)
        // Said in both cases: the machine's default may be either.
        if address.family == .v6 { try socket.set(.v6Only, to: isV6Only) }
        try socket.bind(address)
        let lane = Lane(number, socket, address: Self.reachable(address), backlog: setting.backlog)
        // It joins the group, at the end, when it starts to listen. The group's program names another socket by then, so
        // nothing enters this lane until it is told to. (A program may not be attached to a socket that is about to join:
        // listen(2) would fail with EADDRINUSE.)
        keeper.keep(lane.socket.number, LaneName.make(setting.name, number.rawValue))
        try gate(lane)
        try lane.listen()
        return lane
    }

    /// Where a connection from this machine reaches a listener: every address means the loopback one.
    static func reachable(_ address: SocketAddress) -> SocketAddress {
        switch address {
        case .v4(.any, let port): .v4(.loopback, port: port)
        case .v6(.any, let port, _): .v6(.loopback, port: port, scope: 0)
        case .v4, .v6, .unix, .abstract, .unnamed: address
        }
    }

    func release(_ generation: GenerationNumber) {
        guests.removeAll { $0.generation == generation }
        if let number = lanePool.release(generation) { try? ungate(number) }
        repair()
        try? attach()
    }

    func lane(of generation: GenerationNumber) -> Lane? { lanePool.lane(of: generation).flatMap { lanes[$0] } }

    func repair() {
        let lost = lanes.filter { lanePool.index(of: $0.key) != nil && !$0.value.isListening }.map(\.key).sorted()
        guard !lost.isEmpty else { return }
        if !lanePool.lost(lost) { isOrderKnown = false }
        // Before one of them listens again: it joins at the end, where the index that was the serving lane's may be now.
        reorder(keeping: target)
        try? attach()
        for number in lost where (try? lanes[number]?.listen()) != nil { lanePool.relisten(number) }
        try? attach()
    }

    /// Opens every gate: a socket that a socket unit opened outlives this process, and lets users start the next one.
    func close() { for lane in lanes.values { try? lane.socket.admitAll() } }

    func has(_ lane: Lane) -> Bool { lanes[lane.number] === lane }

    func closeFreeLanes() {
        for (number, holder) in lanePool.holders where holder == .nobody {
            keeper.forget(LaneName.make(setting.name, number.rawValue))
            gated.remove(number)
            lanes[number] = nil
            lanePool.closed(number)
        }
        try? attach()
    }

    func setBacklog(_ backlog: Int) {
        setting.backlog = backlog
        for (number, lane) in lanes {
            lane.backlog = backlog
            if lanePool.index(of: number) != nil { try? lane.listen() }
        }
    }
}
