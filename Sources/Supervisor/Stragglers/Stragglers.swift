internal import DeployCore
internal import Linux

/// Connections in lanes from which no worker accepts: a handshake that was half-way at the cut-over ends in the old lane, and
/// who came before anything served waits in one that no worker has. Each is handed to the generation that serves, or, where
/// that takes none, carried to it.
///
/// A part of the master: it watches the lanes, and owns the connections that it took from them.
final class Stragglers {
    /// Relays at a time; more connections wait in their lane until one has ended.
    static let mostRelays = 256
    /// Connections that one turn of the loop takes from a lane.
    private static let acceptBatch = 64

    private let loop: EventLoop
    private let log: MasterLog
    weak var host: (any ListenerHost)?
    /// The lanes that are watched, by the serial number of their token, with their listener.
    private var watched: [UInt64: (listener: any Listener, lane: Lane)] = [:]
    private var relays: [UInt64: Relay] = [:]
    /// Connections that were taken from a lane, and for whose relay there was no descriptor; or that are for the pages of maintenance,
    /// whose worker takes none just now.
    private var heldBack: [(client: Socket.Box, listener: any Listener)] = []
    /// Lanes that are asked again although epoll says nothing of them: somebody may have been accepted late.
    private var heldUp: [(lane: Lane, listener: any Listener)] = []
    /// Generations whose users are taken away from them before they drain.
    private var evacuated: Set<GenerationNumber> = []
    /// The number of stragglers of each listener, by its name.
    private(set) var counts: [String: Int] = [:]
    /// Nobody is let in any more: a connection taken then could not be passed on.
    var isShut = false
    /// The lanes are out of service, by the master's own doing.
    private var isLookingAway = false

    init(_ loop: EventLoop, _ log: MasterLog) {
        self.loop = loop
        self.log = log
    }

    /// No byte of theirs is on its way.
    var isQuiet: Bool {
        relays.values.allSatisfy(\.isEmpty) && heldBack.isEmpty && !heldUp.contains { $0.lane.mayHaveLate }
    }

    /// From now on the generation's users are taken from its lanes.
    func evacuate(_ generation: GenerationNumber) { evacuated.insert(generation) }

    /// From now on the generation's users are its own again.
    func giveBack(_ generation: GenerationNumber) { evacuated.remove(generation) }

    func forget(_ generation: GenerationNumber) { evacuated.remove(generation) }

    /// Watches each lane for what it can bring: connections, where no worker takes any, and its being shut down.
    func arrange(_ listeners: [any Listener]) {
        guard !isLookingAway, let accepting = host?.accepting else { return }
        for listener in listeners {
            for (lane, state) in listener.watchable {
                let isToBeRead = accepting.isRunning && isDeserted(state, listener, accepting)
                watch(lane, listener, isToBeRead ? .readable : [])
            }
            for box in listener.takeRescued() { if let client = box.take() { passOn(client, listener) } }
        }
        forgetClosed()
    }

    /// Looks away from lanes that no listener has any more.
    func forgetClosed() {
        for entry in watched.values where !entry.listener.has(entry.lane) { unwatch(entry.lane) }
    }

    /// Nobody accepts from a lane, while a generation serves to which its connections can be passed on.
    private func isDeserted(_ state: LaneState, _ listener: any Listener, _ accepting: Accepting) -> Bool {
        guard let serving = accepting.serving else { return false }
        switch state {
        // Where nobody serves, what comes would come back.
        case .fresh, .retired: return listener.lane(of: serving) != nil || listener.isLeaving
        case .generation(serving): return false
        case .generation(let generation):
            return evacuated.contains(generation) || accepting.deaf.contains(generation)
        }
    }

    /// Takes on what waits in the lanes from which nobody accepts, while the workers of a stopping master still do.
    func takeLast(_ listeners: [any Listener]) {
        guard let accepting = host?.accepting else { return }
        for listener in listeners {
            for (lane, state) in listener.watchable where state != .fresh && isDeserted(state, listener, accepting) {
                take(from: lane, listener)
            }
        }
    }

    /// Takes on what waits in the lanes of a generation that is about to give them back.
    func take(of generation: GenerationNumber, _ listeners: [any Listener]) {
        guard let accepting = host?.accepting, accepting.isRunning, let serving = accepting.serving,
            serving != generation
        else { return }
        for listener in listeners where listener.steering != .shared {
            if let lane = listener.lane(of: generation) { take(from: lane, listener) }
        }
    }

    private func watch(_ lane: Lane, _ listener: any Listener, _ interest: Epoll.Interest) {
        guard let watch = lane.watch else {
            let token = Token(.lane, loop.nextSerial())
            guard (try? loop.add(lane.socket.number, interest, token)) != nil else { return }
            lane.watch = LaneWatch(token: token, interest: interest)
            watched[token.serial] = (listener, lane)
            return
        }
        guard watch.interest != interest else { return }
        lane.watch?.interest = interest
        guard !loop.isPaused(watch.token) else { return pause(lane) }
        try? loop.modify(lane.socket.number, interest, watch.token)
    }

    /// Looks away from a lane for a moment.
    private func pause(_ lane: Lane) {
        guard let watch = lane.watch else { return }
        loop.pause(lane.socket.number, watch.interest, watch.token)
    }

    /// From now on nothing that happens to a lane is news: all are about to be taken out of service.
    func lookAway() {
        isLookingAway = true
        for entry in watched.values { unwatch(entry.lane) }
    }

    func unwatch(_ lane: Lane) {
        guard let watch = lane.watch else { return }
        loop.forgetPause(watch.token)
        loop.remove(lane.socket.number)
        lane.watch = nil
        watched[watch.token.serial] = nil
    }

    /// Something happened to a lane: connections, or somebody who holds it took it out of service.
    func laneReady(_ serial: UInt64, _ events: Epoll.Interest, _ listeners: [any Listener]) {
        guard let (listener, lane) = watched[serial] else { return }
        let isTripped = listener.state(of: lane) == .fresh
        if !events.isDisjoint(with: [.error, .hangUp]) {
            log.seldom(
                "lane \(listener.setting.name)", "\(listener.setting.address): a worker has shut its lane down",
                .warning)
            listener.repair()
            arrange(listeners)
            // One that nobody is steered to stays as it is, and epoll would report it for ever.
            if !lane.isListening { pauseOrUnwatch(lane, listener) } else { pause(lane) }
        } else if isTripped {
            // Nobody is steered here, unless he came before there was somebody to be steered to.
            listener.restoreSteering()
            for strayed in listener.unsteered { take(from: strayed, listener) }
            arrange(listeners)
        }
        guard lane.watch?.interest == .readable, !loop.isPaused(Token(.lane, serial)) else { return }
        // What it was when the watch was arranged does not count: it may have got workers since.
        guard let state = listener.state(of: lane), let accepting = host?.accepting,
            isDeserted(state, listener, accepting)
        else { return }
        take(from: lane, listener)
    }

    private func pauseOrUnwatch(_ lane: Lane, _ listener: any Listener) {
        guard case .generation(let generation) = listener.state(of: lane), generation == host?.accepting.serving else {
            loop.remove(lane.socket.number)
            return
        }
        pause(lane)
    }

    /// Accepts what waits in a lane, and passes each connection on; false: somebody may still wait there.
    @discardableResult
    func take(from lane: Lane, _ listener: any Listener) -> Bool {
        for _ in 0..<Self.acceptBatch {
            guard relays.count < Self.mostRelays, heldBack.isEmpty else {
                pause(lane)
                return false
            }
            switch lane.accept() {
            case .accepted(let client):
                // A lane's workers may have set it, and closing would wait.
                try? client.setLinger(seconds: nil)
                // A probe that is taken from its generation is closed, and tried again: it is not for anybody else.
                if let source = try? client.peerAddress(), listener.isGuest(source) { continue }
                passOn(client, listener)
            case .wouldBlock: return !lane.mayHaveLate
            case .failed(.connectionAborted): continue
            case .failed(let errno):
                failed(errno, lane, listener)
                // It was shut down, with all that was in it.
                return errno == .invalid
            }
        }
        return false
    }

    private func failed(_ errno: Errno, _ lane: Lane, _ listener: any Listener) {
        if errno == .busy || errno == .interrupted { return comeBack(to: lane, listener) }
        log.seldom(
            "accept \(listener.setting.name)",
            "\(listener.setting.address): a connection could not be taken on: \(errno.explained)", .warning)
        pause(lane)
    }

    /// A lane is asked again after a pause, although epoll may say nothing of it.
    private func comeBack(to lane: Lane, _ listener: any Listener) {
        log.seldom(
            "held \(listener.setting.name)",
            "\(listener.setting.address): a worker holds the lock of its lane, or changes its flags; connections there "
                + "are passed on when it lets go", .warning)
        if !heldUp.contains(where: { $0.lane === lane }) { heldUp.append((lane, listener)) }
        pause(lane)
    }

    private func passOn(_ client: consuming Socket, _ listener: any Listener) {
        guard host?.accepting.serving != nil else { return }
        counts[listener.setting.name, default: 0] += 1
        deliver(client, listener)
    }

    private func deliver(_ client: consuming Socket, _ listener: any Listener) {
        let isKeptOut = listener.keepsOut(try? client.peerAddress())
        if host?.handOver(client, from: listener.setting, isKeptOut: isKeptOut) == true { return }
        let box = Socket.Box(client)
        // A relay comes from this machine, which may be let in.
        if isKeptOut { heldBack.append((box, listener)) } else { relay(box, listener) }
    }

    private func relay(_ client: Socket.Box, _ listener: any Listener) {
        // Where the generation that serves has no lane the connection would come back to the master, or reach nobody.
        guard let serving = host?.accepting.serving, !isShut else { return }
        guard !listener.isLeaving || listener.lane(of: serving) != nil else { return }
        do {
            try carry(Relay(client, to: listener.setting.address.reachable))
        } catch {
            // Who was taken from his lane is not let go for want of a descriptor.
            if !client.isEmpty { heldBack.append((client, listener)) }
            log.seldom(
                "relay \(listener.setting.name)",
                "\(listener.setting.address): a connection could not be passed on: \(error.errno.explained)", .warning)
        }
    }

    /// The next attempt for connections that found no descriptor, and for lanes that were held up.
    var nextDeadline: Instant? {
        heldBack.isEmpty && heldUp.isEmpty ? nil : EventLoop.now() + EventLoop.pauseLength
    }

    func expire() {
        let waiting = heldBack
        heldBack = []
        for (box, listener) in waiting { if let client = box.take() { deliver(client, listener) } }
        let lanes = heldUp
        heldUp = []
        for (lane, listener) in lanes where host?.accepting.serving != nil {
            take(from: lane, listener)
            if lane.mayHaveLate, !heldUp.contains(where: { $0.lane === lane }) { heldUp.append((lane, listener)) }
        }
    }

    /// Carries a connection's bytes from now on.
    func carry(_ relay: Relay) throws(SystemError) {
        let serial = loop.nextSerial()
        var interest = relay.interest
        // Whether it is connected.
        interest.server.insert(.writable)
        try attend(relay, interest, serial)
        relays[serial] = relay
    }

    /// Goes on with a relay one of whose ends is ready.
    func relayReady(_ serial: UInt64, _ events: Epoll.Interest) {
        guard let relay = relays[serial] else { return }
        // A reset is told again as long as somebody listens, also when nothing is to be read.
        guard relay.advance(), !events.contains(.error) else {
            loop.remove(relay.numbers.client)
            loop.remove(relay.numbers.server)
            relays[serial] = nil
            return
        }
        try? attend(relay, relay.interest, serial)
    }

    private func attend(
        _ relay: Relay, _ interest: (client: Epoll.Interest, server: Epoll.Interest), _ serial: UInt64
    ) throws(SystemError) {
        let token = Token(.relay, serial)
        try attend(relay.numbers.client, interest.client, &relay.isWatched.client, token)
        try attend(relay.numbers.server, interest.server, &relay.isWatched.server, token)
    }

    private func attend(
        _ number: CInt, _ interest: Epoll.Interest, _ isWatched: inout Bool, _ token: Token
    ) throws(SystemError) {
        switch (isWatched, interest == []) {
        case (false, true): return
        case (true, true): loop.remove(number)
        case (true, false): try loop.modify(number, interest, token)
        case (false, false): try loop.add(number, interest, token)
        }
        isWatched = interest != []
    }
}

// Relays that go on over an exec: those that have no bytes on their way.
extension Stragglers {
    /// Leaves them to the program that takes this one's place.
    func pass(to next: ExecState) {
        for (serial, relay) in relays where relay.isEmpty {
            next.leave(relay.numbers.client, as: "\(ExecState.Name.relay)\(serial)/client")
            next.leave(relay.numbers.server, as: "\(ExecState.Name.relay)\(serial)/server")
        }
    }

    /// Takes those up that the program before left.
    func takeUp(_ passed: ExecState) {
        for serial in passed.names(ExecState.Name.relay).compactMap({ $0.split(separator: "/").first }).uniqued() {
            guard let client = passed.take("\(ExecState.Name.relay)\(serial)/client"),
                let server = passed.take("\(ExecState.Name.relay)\(serial)/server")
            else { continue }
            try? carry(Relay(adopting: Socket(adopting: client), Socket(adopting: server)))
        }
    }
}
