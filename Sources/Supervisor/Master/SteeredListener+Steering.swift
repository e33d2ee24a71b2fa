internal import Linux

// What the kernel is told: which lane a new connection enters, and which lanes let in nobody but probes.
extension SteeredListener {
    func steer(to target: SteeringTarget) throws(SystemError) {
        repair()
        guard target.shares.contains(where: { lanePool.lane(of: $0.generation) != nil }) else { return }
        // The first target of a master that goes on finds lanes as another one left them.
        let proven =
            self.target == nil ? Array(lanes.keys) : target.shares.compactMap { lanePool.lane(of: $0.generation) }
        for number in proven { try ungate(number) }
        reorder(keeping: target)
        try attach(for: target)
        self.target = target
    }

    /// Puts a group whose order is not known into one that is: but for the lane that most users of the target enter, all
    /// leave it, and join it again one after the other. What waits in their queues is reset, but users have hardly been
    /// sent there; that a connection enters the wrong lane for ever would be worse.
    func reorder(keeping target: SteeringTarget?) {
        guard !isOrderKnown, let share = target?.shares.max(by: { $0.weight < $1.weight }) else { return }
        let wanted = lanePool.lane(of: share.generation)
        let kept = wanted.flatMap { lanePool.index(of: $0) == nil ? nil : $0 } ?? lanePool.group.first
        let others = lanePool.group.filter { $0 != kept }
        for number in others {
            try? lanes[number]?.socket.shutdown(.both)
            lanePool.lost(number)
        }
        try? attach(for: target)
        for number in others where (try? lanes[number]?.listen()) != nil { lanePool.relisten(number) }
        isOrderKnown = true
    }

    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError) {
        guests.append((source, generation))
        try attach()
    }

    func dismiss(_ source: SocketAddress) {
        guests.removeAll { $0.source == source }
        try? attach()
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

    /// What the kernel should go by for a target; before there is one, the first lane is the only one.
    private func program(for target: SteeringTarget?) -> SteeringProgram {
        guard let target, let parts = lanePool.indices(for: target), let first = parts.first else {
            return SteeringProgram(base: .constant(index: 0), rules: rules)
        }
        guard parts.count == 2 else { return SteeringProgram(base: .constant(index: first.index), rules: rules) }
        return SteeringProgram(
            base: .weighted(index: first.index, share: first.weight, others: parts[1].index), rules: rules)
    }

    func attach() throws(SystemError) {
        try attach(for: target)
        for number in gated { try lanes[number].map(gate) }
    }

    /// Lets only probes into the lane of a generation that is not proven. Two sorts of user would come there otherwise:
    /// before anything serves, all of them; in a lane that had another generation, those whose handshake began then. They
    /// wait outside, where their system tries again, until the generation is proven or the lane is given back.
    ///
    /// Newer kernels let only root filter a TCP socket (EPERM, seen on Linux 6.18). Then users wait in the lane's own
    /// queue, and workers that are not proven meet them as soon as they accept.
    func gate(_ lane: Lane) throws(SystemError) {
        do { try lane.socket.admitOnly(rules) } catch {
            if error.errno != .notPermitted { throw error }
        }
        gated.insert(lane.number)
    }

    func ungate(_ number: LaneNumber) throws(SystemError) {
        gated.remove(number)
        try lanes[number]?.socket.admitAll()
    }

    private func attach(for target: SteeringTarget?) throws(SystemError) {
        guard let number = lanePool.group.first, let lane = lanes[number] else { return }
        try lane.socket.attach(program(for: target))
    }
}
