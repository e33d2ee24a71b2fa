internal import DeployCore
internal import Linux

// What the kernel is told: which lane a new connection enters.
extension SteeredListener {
    func steer(to target: SteeringTarget) throws(SystemError) {
        guard !isLockedUp else { return }
        guard !lanePool.lanes(of: target).isEmpty else { return repair() }
        repair()
        // The first target of a master that goes on puts right what it found.
        reorder(keeping: target)
        for number in lanePool.lanes(of: target) { listenAgain(number) }
        try attach(for: target)
        note(target)
    }

    /// Remembers until when users were sent where.
    private func note(_ new: SteeringTarget) {
        for number in target.map(lanePool.lanes(of:)) ?? [] { lastSteered[number] = Master.now() }
        target = new
        for number in lanePool.lanes(of: new) { lastSteered[number] = .some(nil) }
    }

    func admit(_ source: SocketAddress, to generation: GenerationNumber) throws(SystemError) {
        guests.admit(source, to: generation)
        try attach()
    }

    func dismiss(_ source: SocketAddress) {
        guests.dismiss(source)
        try? attach()
    }

    func restoreSteering() {
        repair()
        try? attach()
    }

    var unsteered: [Lane] { (target.map(lanePool.lanes(besides:)) ?? []).compactMap { lanes[$0] } }

    func isGuest(_ source: SocketAddress) -> Bool { guests.contains(source) }

    /// From now on nobody gets in, and what waits in the lanes can run out. Who comes waits for the service manager to
    /// start another master, if its socket is here; else at a lane whose queue is full, so that the kernel lets nobody in and
    /// he tries again.
    func shutDoor() {
        guard filler == nil else { return }
        repair()
        stockUp()
        // Full before the first user is sent to it: who got in would never be served.
        if let door = lanePool.waitingRoom, lanePool.holders[door] == .fresh, let lane = lanes[door] {
            filler = Filler(narrowing: lane)
            if filler != nil, (try? attach()) != nil { filler?.connect(to: lane.address) }
        }
        (target, closure) = (nil, nil)
        try? attach()
    }

    func close(_ closure: Closure?) throws(SystemError) {
        self.closure = closure
        if let number = lanePool.lane(of: .maintenance) {
            lastSteered[number] = .some(closure == nil ? Master.now() : nil)
        }
        isProgramStale = true
        try attach()
        isProgramStale = false
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

    /// What the kernel should go by for a target; without one users wait, in the full lane of a master that stops.
    func program(for target: SteeringTarget?) -> SteeringProgram {
        let rules = guests.rules(lanePool, to: setting.address.reachable, beside: filler)
        return lanePool.program(for: target, door: filler?.lane, rules: rules).closed(by: closure, lanePool)
    }

    func attach() throws(SystemError) { try attach(for: target) }

    /// Any socket of the group takes the program for all; those of workers are locked.
    func attach(for target: SteeringTarget?) throws(SystemError) {
        lanePool.name((serving(target) ?? []).union(guests.generations))
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
