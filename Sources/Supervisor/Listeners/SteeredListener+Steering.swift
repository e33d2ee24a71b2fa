internal import DeployCore
internal import Linux

// What the kernel is told: which lane a new connection enters.
extension SteeredListener {
    func steer(to target: SteeringTarget) throws(SystemError) {
        guard !isLockedUp else { return }
        guard target.shares.contains(where: { lanePool.lane(of: $0.generation) != nil }) else { return repair() }
        repair()
        // The first target of a master that goes on puts right what it found.
        reorder(keeping: target)
        for share in target.shares { lanePool.lane(of: share.generation).map(listenAgain) }
        try attach(for: target)
        note(target)
    }

    /// Remembers until when users were sent where.
    private func note(_ new: SteeringTarget) {
        for share in target?.shares ?? [] {
            if let number = lanePool.lane(of: share.generation) { lastSteered[number] = Master.now() }
        }
        target = new
        for share in new.shares {
            if let number = lanePool.lane(of: share.generation) { lastSteered[number] = .some(nil) }
        }
    }

    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError) {
        guests.append((source, generation))
        try attach()
    }

    func dismiss(_ source: SocketAddress) {
        guests.removeAll { $0.source == source }
        try? attach()
    }

    func restoreSteering() {
        repair()
        try? attach()
    }

    var unsteered: [Lane] {
        guard let target else { return [] }
        return lanePool.holders.compactMap { number, holder in
            guard case .generation(let generation) = holder,
                !target.shares.contains(where: { $0.generation == generation })
            else { return nil }
            return lanes[number]
        }
    }

    func isGuest(_ source: SocketAddress) -> Bool { guests.contains { $0.source.unmapped == source.unmapped } }

    /// From now on nobody gets in, and what waits in the lanes can run out. Who comes waits for the service manager to
    /// start another master, if its socket is here; else at a lane whose queue is full, so that the kernel lets nobody in and
    /// he tries again.
    func shutDoor() {
        guard filler == nil else { return }
        repair()
        stockUp()
        // Full before the first user is sent to it: who got in would never be served.
        if let door = lanePool.waitingRoom, lanePool.holders[door] == .fresh, let lane = lanes[door] { fill(lane) }
        target = nil
        try? attach()
    }

    /// Takes all the room that a lane has: with a backlog of 0, which is room for one.
    private func fill(_ lane: Lane) {
        lane.backlog = 0
        guard (try? lane.listen()) != nil, let filler = try? Filler(for: lane) else { return }
        self.filler = filler
        guard (try? attach()) != nil else { return }
        filler.connect(to: lane.address)
    }

    /// Nobody can connect any more: the lanes of deployd are taken out of service, for all who hold them.
    ///
    /// The door is the last: as long as it listens nobody is sent to another lane, from which nobody would take him. Each
    /// shutdown is told by epoll, as a worker's would be, and `repair` must not undo it.
    func lockUp() {
        guard !isLockedUp else { return }
        let own = lanes.keys.filter { lanePool.holders[$0] != .manager && $0 != filler?.lane }.sorted()
        for number in own + [filler?.lane].compactMap(\.self) {
            guard (try? lanes[number]?.shutDown()) != nil else { continue }
            lanePool.lost(number)
            try? put(program(for: nil))
        }
        isLockedUp = true
    }

    /// The connections that have a way of their own.
    private var rules: [SteeringProgram.Rule] {
        let destination = Self.reachable(setting.address)
        var ways = guests.map { (source: $0.source, lane: lanePool.lane(of: $0.generation)) }
        if let filler { ways.append((filler.source, filler.lane)) }
        return ways.compactMap { way in
            way.lane.flatMap { lanePool.index(of: $0) }.map {
                SteeringProgram.Rule(source: way.source, destination: destination, index: $0)
            }
        }
    }

    /// What the kernel should go by for a target. Before there is one, users wait in a lane that no worker has: nobody is
    /// proven yet.
    func program(for target: SteeringTarget?) -> SteeringProgram {
        guard let target, let parts = lanePool.indices(for: target), let first = parts.first else {
            return SteeringProgram(base: .constant(index: doorIndex ?? 0), rules: rules)
        }
        guard parts.count == 2 else { return SteeringProgram(base: .constant(index: first.index), rules: rules) }
        return SteeringProgram(
            base: .weighted(index: first.index, share: first.weight, others: parts[1].index), rules: rules)
    }

    /// Where those stand who are not let in: the full lane of a master that stops, else one that no worker has.
    private var doorIndex: Int? {
        if let full = filler?.lane, let index = lanePool.index(of: full) { return index }
        return lanePool.waitingRoom.flatMap { lanePool.index(of: $0) }
    }

    func attach() throws(SystemError) { try attach(for: target) }

    /// Any socket of the group takes the program for all; those of workers are locked.
    func attach(for target: SteeringTarget?) throws(SystemError) {
        lanePool.name(Set((target?.shares.map(\.generation) ?? []) + guests.map(\.generation)))
        stockUp()
        try put(program(for: target))
    }

    /// Has the kernel go by a program.
    func put(_ program: SteeringProgram) throws(SystemError) {
        guard !isLockedUp else { return }
        let open = lanePool.group.filter { lanePool.holders[$0] == .fresh || lanePool.holders[$0] == .manager }
        var failure: SystemError?
        for number in open + lanePool.group.filter({ !open.contains($0) }) {
            // Those of workers would refuse it.
            guard let lane = lanes[number], !lane.isLent else { continue }
            do { return try lane.socket.attach(program) } catch { failure = failure ?? error }
        }
        throw failure ?? SystemError(call: "setsockopt", errno: .busy, subject: setting.address.description)
    }
}
