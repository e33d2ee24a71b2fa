internal import Linux

// What the kernel is told: which lane a new connection enters.
extension SteeredListener {
    func steer(to target: SteeringTarget) throws(SystemError) {
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

    /// From now on nobody gets in, and what waits in the lanes can run out. Who comes waits for the service manager to
    /// start another master, if its socket is here; else at a lane whose queue is full, so that the kernel lets nobody in and
    /// he tries again.
    func shutDoor() {
        guard filler == nil else { return }
        target = nil
        repair()
        stockUp()
        try? attach()
        guard let door = lanePool.waitingRoom, lanePool.holders[door] == .fresh, let lane = lanes[door] else { return }
        lane.backlog = 0
        try? lane.listen()
        // A backlog of 0 has room for one.
        guard let socket = try? Socket.stream(setting.address.family) else { return }
        _ = try? socket.connect(lane.address)
        filler = Socket.Box(socket)
    }

    /// Nobody can connect any more: the lanes of deployd are taken out of service, for all who hold them.
    func lockUp() {
        for (number, lane) in lanes where lanePool.holders[number] != .manager { try? lane.socket.shutdown(.both) }
    }

    /// The connections that have a way of their own.
    private var rules: [SteeringProgram.Rule] {
        let destination = Self.reachable(setting.address)
        return guests.compactMap { guest in
            lanePool.lane(of: guest.generation).flatMap { lanePool.index(of: $0) }.map {
                SteeringProgram.Rule(source: guest.source, destination: destination, index: $0)
            }
        }
    }

    /// What the kernel should go by for a target. Before there is one, users wait in a lane that no worker has: nobody is
    /// proven yet.
    private func program(for target: SteeringTarget?) -> SteeringProgram {
        guard let target, let parts = lanePool.indices(for: target), let first = parts.first else {
            let room = lanePool.waitingRoom.flatMap { lanePool.index(of: $0) }
            return SteeringProgram(base: .constant(index: room ?? 0), rules: rules)
        }
        guard parts.count == 2 else { return SteeringProgram(base: .constant(index: first.index), rules: rules) }
        return SteeringProgram(
            base: .weighted(index: first.index, share: first.weight, others: parts[1].index), rules: rules)
    }

    func attach() throws(SystemError) { try attach(for: target) }

    /// Any socket of the group takes the program for all; those of workers are locked.
    func attach(for target: SteeringTarget?) throws(SystemError) {
        lanePool.name(Set((target?.shares.map(\.generation) ?? []) + guests.map(\.generation)))
        stockUp()
        let program = program(for: target)
        let open = lanePool.group.filter { lanePool.holders[$0] == .fresh || lanePool.holders[$0] == .manager }
        var failure: SystemError?
        for number in open + lanePool.group.filter({ !open.contains($0) }) {
            guard let lane = lanes[number] else { continue }
            do { return try lane.socket.attach(program) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}
