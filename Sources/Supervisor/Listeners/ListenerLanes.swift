internal import DeployCore
internal import Linux

/// The lanes of a TCP listener: the sockets by number, which the keeper holds too, and the address at which they listen.
struct ListenerLanes {
    var setting: ListenerSetting
    private let isV6Only: Bool
    private let keeper: LaneKeeper
    private var lanes: [LaneNumber: Lane] = [:]

    /// No lanes yet. `isV6Only` leaves IPv4 to another listener of the same port.
    init(_ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper) {
        self.setting = setting
        self.isV6Only = isV6Only
        self.keeper = keeper
    }

    subscript(number: LaneNumber) -> Lane? { lanes[number] }

    var count: Int { lanes.count }
    var keys: Dictionary<LaneNumber, Lane>.Keys { lanes.keys }
    var values: Dictionary<LaneNumber, Lane>.Values { lanes.values }

    /// Claims the address: another program's listener on it, or another master's, is EADDRINUSE here. Port 0 becomes a
    /// port of the kernel's choice.
    mutating func claim() throws(SystemError) {
        // A socket without SO_REUSEPORT cannot be bound beside any that listens, even one of a group of the same user.
        let trial = try Socket.stream(setting.address.family)
        try trial.set(.reuseAddress, to: true)
        if setting.address.family == .v6 { try trial.set(.v6Only, to: isV6Only) }
        try trial.bind(setting.address)
        setting.address = try trial.localAddress()
    }

    /// Whether a socket that an earlier master left is one of this listener, whose address it then tells.
    mutating func recognizes(_ socket: borrowing Socket) -> Bool {
        // Of one whose lock is held the name has to do.
        guard let address = socket.localAddressUnlessHeld() else { return true }
        guard address.isWhatIsMeant(by: setting.address) else { return false }
        setting.address = address
        return true
    }

    /// Whether a lane that generations had is the service manager's: deployd did not open it, which says TCP_NODELAY.
    func isManagers(_ number: LaneNumber) -> Bool {
        lanes[number].map { (try? $0.socket.isOn(.noDelay)) == false } ?? false
    }

    /// Takes over a socket that the keeper may have already.
    mutating func takeOver(_ number: LaneNumber, _ socket: consuming Socket, isLent: Bool) {
        let lane = lane(number, socket)
        lane.isLent = isLent
        keeper.isKept(lane.socket.number, name(number))
    }

    /// Adds a socket that listens.
    mutating func add(_ number: LaneNumber, _ socket: consuming Socket) {
        keeper.keep(lane(number, socket).socket.number, name(number))
    }

    /// Opens a lane. It joins the kernel's group, at the end, when it starts to listen. The group's program names another
    /// socket by then, so nothing enters this lane until it is told to. (A program may not be attached to a socket that is
    /// about to join: listen(2) would fail with EADDRINUSE.)
    mutating func open(_ number: LaneNumber) throws(SystemError) {
        let socket = try Socket.stream(setting.address.family)
        try socket.set(.noDelay, to: true)
        // Said in both cases: the machine's default may be either.
        if setting.address.family == .v6 { try socket.set(.v6Only, to: isV6Only) }
        try bind(socket)
        let lane = lane(number, socket)
        keeper.keep(lane.socket.number, name(number))
        do { try lane.listen() } catch {
            forget(number)
            throw error
        }
    }

    /// How long all lanes are asked to let others bind: who holds some can make each take a while, and the master waits.
    private static let bindPatience = Duration.milliseconds(100)

    /// Binds a new socket beside the others. Who holds one of them may have forbidden that, and may do so again: it is
    /// allowed anew and tried again, a few times.
    private func bind(_ socket: borrowing Socket) throws(SystemError) {
        try socket.letOthersBind()
        let end = Master.now() + Self.bindPatience
        for _ in 0..<100 {
            do { return try socket.bind(setting.address) } catch {
                guard error.errno == .addressInUse, !lanes.isEmpty, Master.now() < end else { throw error }
                letOthersBind(until: end)
            }
        }
        try socket.bind(setting.address)
    }

    /// Allows anew what who holds a lane may have forbidden.
    func letOthersBind(until end: Instant = Master.now() + bindPatience) {
        for lane in lanes.values where Master.now() < end { try? lane.letOthersBind() }
    }

    /// Closes a lane for good. One that workers had (`isExposed`) is taken out of service for all who may still hold it, and
    /// cannot come back: it is nobody's then.
    ///
    /// - Returns: false when one of those who hold it keeps it from leaving the kernel's group: then it stays.
    mutating func close(_ number: LaneNumber, isExposed: Bool) -> Bool {
        guard let lane = lanes[number] else { return true }
        if isExposed { try? lane.letOthersBind() }
        // It leaves the kernel's group here and now, as in the pool, and not when the keeper has let go of it too: what is
        // opened meanwhile would be what the kernel moves into its place.
        do { try lane.shutDown() } catch {
            guard error.errno != .busy else { return false }
        }
        if isExposed { try? lane.disown() }
        forget(number)
        return true
    }

    private mutating func lane(_ number: LaneNumber, _ socket: consuming Socket) -> Lane {
        let lane = Lane(number, socket, address: setting.address.reachable, backlog: setting.backlog)
        lanes[number] = lane
        return lane
    }

    private mutating func forget(_ number: LaneNumber) {
        lanes[number] = nil
        keeper.forget(name(number))
    }

    private func name(_ number: LaneNumber) -> String { LaneName.make(setting.name, number.rawValue) }
}

extension ListenerLanes: Sequence {
    func makeIterator() -> Dictionary<LaneNumber, Lane>.Iterator { lanes.makeIterator() }
}
