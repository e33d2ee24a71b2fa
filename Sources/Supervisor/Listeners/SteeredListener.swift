internal import DeployCore
internal import Linux

/// A TCP listener: a group of SO_REUSEPORT sockets, one lane a generation, and a program in the kernel that says which
/// lane a new connection enters.
final class SteeredListener: Listener {
    var isLeaving = false
    var lanePool = LanePool()
    var lanes: ListenerLanes
    /// Where new connections go; nil: nobody has said yet.
    var target: SteeringTarget?
    var guests = Guests()
    /// Who keeps users out meanwhile; nil: nobody does.
    var closure: Closure?
    /// When users were steered to a lane last; nil: they are now. A lane that is missing never met one.
    var lastSteered: [LaneNumber: Instant?] = [:]
    /// Sockets of others that are in the group, by inode.
    var strangers: [UInt64: LaneNumber] = [:]
    /// Whether the kernel's program names an index that is not the pool's any more, since it could not be changed.
    var isProgramStale = false
    /// Whether the kernel's group has the lanes in the order of the pool.
    var isOrderKnown = true
    /// Connections that were taken out of lanes before these left the group for a moment: somebody has to pass them on.
    var rescued: [Socket.Box] = []
    /// What fills the queue of the lane at which everybody waits, once nobody is let in any more.
    var filler: Filler?
    /// Whether the address is given up: none of its lanes listens, and none may again, whatever happens to them.
    var isLockedUp = false

    /// Begins at an address that it claims: see ``ListenerLanes/claim()``. Lanes are numbered from the one behind `behind`.
    init(
        _ setting: ListenerSetting, isV6Only: Bool = false, keeper: LaneKeeper, behind: Int = 0
    ) throws(SystemError) {
        lanes = ListenerLanes(setting, isV6Only: isV6Only, keeper: keeper)
        lanePool = LanePool(behind: behind)
        try lanes.claim()
    }

    /// Goes on with the lanes that an earlier master left: `pool` as it was saved last, and the sockets by lane number.
    ///
    /// The kernel still goes by that master's program; call `steer` when it is known who serves.
    ///
    /// - Parameter handedIn: the socket that the service manager opened, which comes again at each start.
    init(
        _ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, pool: LanePool, _ sockets: [Int: Socket.Box],
        handedIn: Socket.Box? = nil
    ) throws(SystemError) {
        lanes = ListenerLanes(setting, isV6Only: isV6Only, keeper: keeper)
        lanePool = pool
        for (number, box) in sockets.sorted(by: { $0.key < $1.key }) {
            let number = LaneNumber(rawValue: number)
            // What the pool does not know and has another number was another listener's of this name.
            guard pool.mayHave(number), let socket = box.take(), lanes.recognizes(socket) else { continue }
            takeOver(number, socket)
        }
        let managers = lanePool.holders.first { $0.value == .manager && lanes[$0.key] == nil }
        if let managers, let socket = handedIn?.take() { takeOver(managers.key, socket) }
        lanePool.modernize(until: Master.now() + Handshakes.patience) { lanes[$0] != nil }
        // Nobody knows who was steered to when.
        for number in lanePool.holders.keys { lastSteered[number] = .some(nil) }
        if lanePool.joined == nil { takeFromOldVersion() }
        recover()
    }

    private func takeOver(_ number: LaneNumber, _ socket: consuming Socket) {
        let holder = lanePool.holders[number]
        lanes.takeOver(number, socket, isLent: holder != .fresh && holder != .manager)
    }

    /// Begins with the socket that the service manager opened, and a fresh lane behind it.
    init(
        _ setting: ListenerSetting, isV6Only: Bool, keeper: LaneKeeper, _ socket: consuming Socket,
        partner: consuming Socket
    ) {
        lanes = ListenerLanes(setting, isV6Only: isV6Only, keeper: keeper)
        add(socket, .manager)
        add(partner, .fresh)
    }

    private func add(_ socket: consuming Socket, _ holder: LanePool.Holder) {
        let number = lanePool.number()
        lanes.add(number, socket)
        lanePool.add(number, holder)
    }

    var setting: ListenerSetting { lanes.setting }
    var steering: ListenerReport.Steering { .lanes }
    var laneCount: Int { lanes.count }
    var lastLane: Int { lanes.keys.map(\.rawValue).max() ?? 0 }
    var pool: LanePool? { lanePool }
    var nextDeadline: Instant? { lanePool.nextDeadline }

    var isUnused: Bool { lanePool.isUnused }
    var hasLeftLanes: Bool { !lanePool.retired.isEmpty }

    var watchable: [(lane: Lane, state: LaneState)] {
        lanes.values.compactMap { lane in lanePool.state(of: lane.number).map { (lane, $0) } }
    }

    func open(for generation: GenerationNumber) throws(SystemError) {
        repair()
        let stocking = stockUp(isOpening: true)
        guard let number = lanePool.acquire(for: generation) else {
            throw stocking ?? SystemError(call: "bind", errno: .addressInUse, subject: setting.address.description)
        }
        // Through the worker's own lane nobody is to say where connections go.
        try? lanes[number]?.socket.lockProgram()
        try attach()
    }

    /// Opens fresh lanes, as many as are wanted; why one could not be opened. As long as there is one for a generation it
    /// goes on without: others are protected less. At an address that is given up none are wanted.
    @discardableResult
    func stockUp(isOpening: Bool = false) -> SystemError? {
        guard !isLockedUp, isOpening || !isLeaving || !isUnused else { return nil }
        while lanePool.shortage > 0 {
            let number = lanePool.number()
            do { try lanes.open(number) } catch { return error }
            lanePool.add(number)
        }
        return nil
    }

    func release(_ generation: GenerationNumber) {
        guests.dismissAll(of: generation)
        guard let number = lanePool.lane(of: generation) else { return }
        // No user was ever sent to it: nobody can be on the way there.
        let end = lastSteered[number].map { ($0 ?? Master.now()) + Handshakes.patience }
        lanePool.release(generation, until: end ?? Master.now())
        if lanes.isManagers(number) { lanePool.leaveToManager(number) }
        repair()
        try? attach()
    }

    func lane(of generation: GenerationNumber) -> Lane? { lanePool.lane(of: generation).flatMap { lanes[$0] } }

    func has(_ lane: Lane) -> Bool { lanes[lane.number] === lane }

    func takeRescued() -> [Socket.Box] {
        defer { rescued = [] }
        return rescued
    }

    func expired(at now: Instant) -> [Lane] { lanePool.expired(at: now).compactMap { lanes[$0] } }

    func quiet(_ handshakes: Handshakes) -> [Lane] {
        let retired = lanePool.retired
        guard !retired.isEmpty, let port = setting.address.port else { return [] }
        let longest = handshakes.longest(atPort: port)
        let now = Master.now()
        return retired.compactMap { lanes[$0.lane] }.filter { lane in
            // Who waits there is taken on first, as many at a time as can be.
            guard !lane.mayHaveWaiting else { return false }
            guard longest > .zero else { return true }
            // Those that began before users were sent elsewhere are over.
            guard let end = lastSteered[lane.number].flatMap(\.self), now - end > longest else { return false }
            return (try? lane.socket.isOn(.deferAccept)) == false
        }
    }

    func isUnsettled(_ draining: Set<GenerationNumber>) -> Bool {
        isProgramStale || !lanePool.retired.isEmpty || isMisplaced(draining)
    }

    private func isMisplaced(_ draining: Set<GenerationNumber>) -> Bool {
        lanePool.gap(serving: serving ?? []) != nil || lanePool.advance(draining: draining) != nil
    }

    func settle(_ draining: Set<GenerationNumber>) {
        // A worker that is told to drain may shut its lane down just now.
        if isProgramStale { isProgramStale = (try? attach()) == nil }
        if isMisplaced(draining) { repair() }
        closeGap()
        guard isOrderKnown, guests.isEmpty, filler == nil, target?.shares.count == 1,
            let plan = lanePool.advance(draining: draining)
        else { return }
        guard clearAway(plan.behind + [plan.before]) else {
            isProgramStale = (try? attach()) == nil
            return
        }
        // Until the program names its new index the kernel draws among all, and what comes to others is passed on. (Through
        // the lanes of workers the program cannot be changed.)
        if lanePool.holders.values.contains(.fresh) { try? put(program(for: target)) }
        try? attach()
        let now = Master.now()
        for (number, holder) in lanePool.holders {
            // Who began a handshake in that moment is on the way to one of them.
            if lastSteered[number] != .some(nil) { lastSteered[number] = now }
            guard holder == .fresh else { continue }
            _ = lanes[number].map(rescue)
            lanePool.retire(number, until: now + Handshakes.patience)
        }
        // Without a fresh lane it could not be changed: that is tried again.
        isProgramStale = (try? attach()) == nil
    }

    /// The generations that users are sent to; nil: nobody has said yet.
    private var serving: Set<GenerationNumber>? { serving(target) }

    func serving(_ target: SteeringTarget?) -> Set<GenerationNumber>? {
        closure == nil ? target?.generations : (target?.generations ?? []).union([.maintenance])
    }

    /// Closes fresh lanes one after the other, with what waits there taken out first; false: one had to stay.
    private func clearAway(_ numbers: [LaneNumber]) -> Bool {
        numbers.allSatisfy { number in (lanes[number].map(rescue) ?? true) && close(number, isExposed: false) }
    }

    /// Moves the newest generation's lane, which no user enters yet, into the place of a fresh one. (Guests have their way
    /// again before the next of them comes: it is the master who sends them.)
    private func closeGap() {
        guard isOrderKnown, filler == nil, let serving, let gap = lanePool.gap(serving: serving),
            let fence = lanePool.fence(behind: gap, serving: serving)
        else { return }
        _ = clearAway(fence + [gap])
        isProgramStale = (try? attach()) == nil
    }

    func postpone(_ lane: Lane) { lanePool.postpone(lane.number, until: Master.now() + Self.retry) }

    func end(_ lane: Lane) {
        repair()
        // What the kernel moves into the gap must be nobody's to whom users are sent.
        stockUp()
        if isOrderKnown, filler == nil, let fence = lanePool.fence(behind: lane.number, serving: serving ?? []) {
            for number in fence { close(number, isExposed: false) }
        }
        if lanePool.canClose(lane.number, serving: serving), close(lane.number, isExposed: true) {
            for number in lanePool.surplus where number != filler?.lane { close(number, isExposed: false) }
        } else {
            postpone(lane)
        }
        try? attach()
    }

    /// When a lane that could not be closed is tried again.
    private static let retry = Duration.seconds(1)

    /// See ``ListenerLanes/close(_:isExposed:)``.
    @discardableResult
    func close(_ number: LaneNumber, isExposed: Bool) -> Bool {
        guard lanes.close(number, isExposed: isExposed) else { return false }
        lastSteered[number] = nil
        lanePool.close(number)
        return true
    }

    func close() {}

    /// Nobody serves here: all lanes but the service manager's go.
    func closeFreeLanes() {
        for (number, holder) in lanePool.holders {
            switch holder {
            case .fresh: close(number, isExposed: false)
            case .retired, .nobody, .generation(.maintenance):
                guard !close(number, isExposed: true) else { continue }
                lanePool.postpone(number, until: Master.now() + Self.retry)
            case .opening, .generation, .manager, .stranger: break
            }
        }
    }

    func setSecure(_ isSecure: Bool) { lanes.setting.isSecure = isSecure }

    func setBacklog(_ backlog: Int) {
        lanes.setting.backlog = backlog
        for (number, lane) in lanes {
            lane.backlog = backlog
            if lanePool.index(of: number) != nil { try? lane.listen() }
        }
    }
}
