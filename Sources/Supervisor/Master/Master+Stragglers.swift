internal import Linux

// Connections in lanes from which no worker accepts: a handshake that was half-way at the cut-over ends in the old lane, and
// who came before anything served waits in one that no worker has.
extension Master {
    /// Relays at a time; more connections wait in their lane until one has ended.
    static let mostRelays = 256
    /// Connections that one turn of the loop takes from a lane.
    private static let acceptBatch = 64

    /// Watches each lane for what it can bring: connections, where no worker takes any, and its being shut down.
    func arrangeWatches() {
        for listener in listeners {
            for (lane, state) in listener.watchable { watch(lane, listener, interest(of: state, listener)) }
            for box in listener.takeRescued() { if let client = box.take() { passOn(client, listener) } }
        }
        watchNames()
        for watched in watchedLanes.values where !watched.listener.has(watched.lane) { unwatch(watched.lane) }
    }

    private func interest(of state: LaneState, _ listener: any Listener) -> Epoll.Interest {
        guard machine.phase == .running else { return [] }
        return isDeserted(state, listener) ? .readable : []
    }

    /// Whether nobody accepts from a lane, while somebody serves to whom can be passed on what comes there.
    private func isDeserted(_ state: LaneState, _ listener: any Listener) -> Bool {
        guard let serving = machine.serving else { return false }
        switch state {
        // Where nobody serves, what comes would come back.
        case .fresh, .retired: return listener.lane(of: serving) != nil || listener.isLeaving
        case .generation(let generation):
            guard generation != serving else { return false }
            if evacuated.contains(generation) { return true }
            switch machine.generation(generation)?.stage {
            case .draining, .ending, .gone: return true
            case .preparing, .opening, .booting, .probing, .standingBy, .serving, .warm, .retiring, nil: return false
            }
        }
    }

    /// Takes on what waits in the lanes from which nobody accepts, while the workers of a stopping master still do.
    func takeLastStragglers() {
        for listener in listeners {
            for (lane, state) in listener.watchable where state != .fresh && isDeserted(state, listener) {
                takeStragglers(from: lane, listener)
            }
        }
    }

    private func watch(_ lane: Lane, _ listener: any Listener, _ interest: Epoll.Interest) {
        guard let watch = lane.watch else {
            let token = Token(.lane, nextSerial())
            guard (try? epoll.add(lane.socket.number, interest, token: token.number)) != nil else { return }
            lane.watch = LaneWatch(token: token, interest: interest)
            watchedLanes[token.serial] = (listener, lane)
            return
        }
        guard watch.interest != interest else { return }
        lane.watch?.interest = interest
        guard !pauses.contains(watch.token) else { return pause(lane) }
        try? epoll.modify(lane.socket.number, interest, token: watch.token.number)
    }

    /// Looks away from a lane for a moment.
    private func pause(_ lane: Lane) {
        guard let watch = lane.watch else { return }
        pauses.begin(watch.token, lane.socket.number, watch.interest, on: epoll, at: Self.now())
    }

    func unwatch(_ lane: Lane) {
        guard let watch = lane.watch else { return }
        pauses.forget(watch.token)
        try? epoll.remove(lane.socket.number)
        lane.watch = nil
        watchedLanes[watch.token.serial] = nil
    }

    /// Ends the lanes whose time has come, with all that is in them taken on first.
    func expireLanes(at now: Instant) {
        end(listeners.flatMap { listener in listener.expired(at: now).map { (listener, $0) } })
    }

    /// Ends those that nobody is on the way to.
    ///
    /// Nobody but the master and the keeper holds them. When both are killed they leave the kernel's group, the last of it
    /// moves into the place of each, and users enter whatever stands where the lane that serves did: see
    /// ``LanePool/exposure``.
    func endQuietLanes() {
        end(listeners.flatMap { listener in listener.quiet().map { (listener, $0) } })
    }

    /// A generation drains, or gave its lanes back: they are ended as soon as nobody is on the way there, which is looked at
    /// now, and then less and less often.
    func lookAfterLanes(again pause: Duration = .milliseconds(10), in delay: Duration = .zero) {
        laneLook = (Self.now() + delay, pause)
    }

    /// How long a worker may go on accepting when it was told to drain.
    static let deafAfter = Duration.milliseconds(250)

    /// Looks, when it is time.
    func settleLanes(at now: Instant) {
        guard let look = laneLook, look.at <= now else { return }
        laneLook = nil
        let leaving = machine.generations.filter { $0.stage == .draining }
        let draining = Set(leaving.filter { now - $0.since >= Self.deafAfter }.map(\.number))
        if let next = leaving.filter({ !draining.contains($0.number) }).map({ $0.since + Self.deafAfter }).min() {
            lookAfterLanes(in: next - now)
        }
        guard listeners.contains(where: { $0.isUnsettled(draining) }) else { return }
        endQuietLanes()
        if machine.phase == .running {
            for listener in listeners { listener.settle(draining) }
            arrangeWatches()
        }
        saveIfChanged()
        let pause = min(look.pause * 2, .seconds(1))
        if laneLook == nil, listeners.contains(where: { $0.isUnsettled(draining) }) {
            lookAfterLanes(again: pause, in: pause)
        }
    }

    private func end(_ ended: [(any Listener, Lane)]) {
        guard !ended.isEmpty else { return }
        for (listener, lane) in ended {
            takeStragglers(from: lane, listener)
            unwatch(lane)
            listener.end(lane)
        }
        arrangeWatches()
        // The next master needs the order of the group.
        saveIfChanged()
    }

    /// Something happened to a lane: connections, or somebody who holds it took it out of service.
    func laneReady(_ serial: UInt64, _ events: Epoll.Interest) {
        guard let (listener, lane) = watchedLanes[serial] else { return }
        let isTripped = listener.watchable.contains { $0.lane === lane && $0.state == .fresh }
        if !events.isDisjoint(with: [.error, .hangUp]) {
            say(
                "lane \(listener.setting.name)", "\(listener.setting.address): a worker has shut its lane down",
                .warning)
            listener.repair()
            arrangeWatches()
            // One that nobody is steered to stays as it is, and epoll would report it for ever.
            if !lane.isListening { pauseOrUnwatch(lane, listener) } else { pause(lane) }
        } else if isTripped {
            // Nobody is steered here, unless he came before there was somebody to be steered to.
            listener.restoreSteering()
            for strayed in listener.unsteered { takeStragglers(from: strayed, listener) }
            arrangeWatches()
        }
        guard lane.watch?.interest == .readable, !pauses.contains(Token(.lane, serial)) else { return }
        takeStragglers(from: lane, listener)
    }

    private func pauseOrUnwatch(_ lane: Lane, _ listener: any Listener) {
        let state = listener.watchable.first { $0.lane === lane }?.state
        guard case .generation(let generation) = state, generation == machine.serving else {
            try? epoll.remove(lane.socket.number)
            return
        }
        pause(lane)
    }

    /// Accepts what waits in a lane, and passes each connection on.
    func takeStragglers(from lane: Lane, _ listener: any Listener) {
        for _ in 0..<Self.acceptBatch {
            guard relays.count < Self.mostRelays, heldBack.isEmpty else { return pause(lane) }
            switch lane.accept() {
            case .accepted(let client):
                // A lane's workers may have set it, and closing would wait.
                try? client.setLinger(seconds: nil)
                // A probe that is taken from its generation is closed, and tried again: it is not for anybody else.
                if let source = try? client.peerAddress(), listener.isGuest(source) { continue }
                passOn(client, listener)
            case .wouldBlock: return
            case .failed(.connectionAborted): continue
            case .failed(let errno):
                say(
                    "accept \(listener.setting.name)",
                    "\(listener.setting.address): a connection could not be taken on: \(reason(errno))", .warning)
                return pause(lane)
            }
        }
    }

    /// An error, and the limit that was met.
    func reason(_ errno: Errno) -> String {
        guard errno == .tooManyOpenFiles, let limit = try? ResourceLimit.files.current().soft else { return "\(errno)" }
        return "\(errno): the master may have \(limit) open files (LimitNOFILE= of the unit, or `ulimit -Hn`)"
    }

    /// The same of an error that says what was attempted, and on what.
    func reason(_ error: SystemError) -> String {
        error.subject.isEmpty
            ? "\(error.call): \(reason(error.errno))" : "\(error.call) \(error.subject): \(reason(error.errno))"
    }

    private func passOn(_ client: consuming Socket, _ listener: any Listener) {
        guard machine.serving != nil else { return }
        stragglers[listener.setting.name, default: 0] += 1
        if handOver(client) { return }
        relay(Socket.Box(client), listener)
    }

    private func relay(_ client: Socket.Box, _ listener: any Listener) {
        // Without a generation that serves, the connection would come back to the master; at an address that is given up
        // nobody else accepts.
        guard machine.serving != nil, !listener.isLeaving, !areDoorsShut else { return }
        do {
            try watch(Relay(client, to: SteeredListener.reachable(listener.setting.address)))
        } catch {
            // Who was taken from his lane is not let go for want of a descriptor.
            if !client.isEmpty { heldBack.append((client, listener)) }
            say(
                "relay \(listener.setting.name)",
                "\(listener.setting.address): a connection could not be passed on: \(reason(error.errno))", .warning)
        }
    }

    /// When these are tried again.
    var heldBackDeadline: Instant? { heldBack.isEmpty ? nil : Self.now() + Pauses.length }

    /// Goes on with the connections for which there was no descriptor.
    func passOnHeldBack() {
        guard !heldBack.isEmpty else { return }
        let waiting = heldBack
        heldBack = []
        for (client, listener) in waiting { relay(client, listener) }
    }

    /// Carries a connection's bytes from now on.
    func watch(_ relay: Relay) throws(SystemError) {
        let serial = nextSerial()
        let token = Token(.relay, serial).number
        var interest = relay.interest
        // Whether it is connected.
        interest.server.insert(.writable)
        try attend(relay.numbers.client, interest.client, &relay.isWatched.client, token)
        try attend(relay.numbers.server, interest.server, &relay.isWatched.server, token)
        relays[serial] = relay
    }

    private func attend(
        _ number: CInt, _ interest: Epoll.Interest, _ isWatched: inout Bool, _ token: UInt64
    ) throws(SystemError) {
        switch (isWatched, interest == []) {
        case (false, true): return
        case (true, true): try epoll.remove(number)
        case (true, false): try epoll.modify(number, interest, token: token)
        case (false, false): try epoll.add(number, interest, token: token)
        }
        isWatched = interest != []
    }

    /// Goes on with a relay one of whose ends is ready.
    func advanceRelay(_ serial: UInt64, _ events: Epoll.Interest) {
        guard let relay = relays[serial] else { return }
        // A reset is told again as long as somebody listens, also when nothing is to be read.
        guard relay.advance(), !events.contains(.error) else {
            try? epoll.remove(relay.numbers.client)
            try? epoll.remove(relay.numbers.server)
            relays[serial] = nil
            return
        }
        let token = Token(.relay, serial).number
        let interest = relay.interest
        try? attend(relay.numbers.client, interest.client, &relay.isWatched.client, token)
        try? attend(relay.numbers.server, interest.server, &relay.isWatched.server, token)
    }

    /// Takes on what waits in the lanes of a generation that is about to give them back.
    func takeStragglers(of generation: GenerationNumber) {
        guard machine.phase == .running, machine.serving != nil, machine.serving != generation else { return }
        for listener in listeners where listener.steering != .shared {
            if let lane = listener.lane(of: generation) { takeStragglers(from: lane, listener) }
        }
    }

    /// One line for the journal, of something that may happen again and again.
    func say(_ thing: String, _ text: String, _ urgency: Urgency = .information) {
        if let line = seldom.line(thing, text, at: Self.now()) { log(line, urgency) }
    }
}
