internal import DeployCore
internal import Handoff
internal import Linux

/// The addresses on which users connect: which there are, who is steered where, and which lanes are ended when.
///
/// A part of the master: nobody else touches the listeners' sockets. (What comes into lanes from which no worker accepts is
/// `stragglers`' business.)
final class ListenerSet {
    private let loop: EventLoop
    private let log: MasterLog
    private let keeper: LaneKeeper
    let stragglers: Stragglers
    weak var host: (any ListenerHost)? { didSet { stragglers.host = host } }
    /// In the order of the configuration; behind them those that are leaving.
    private(set) var all: [any Listener]
    /// When lanes of generations that are gone are looked at next, and how long that was put off; nil: there are none.
    private var look: (at: Instant, pause: Duration)?
    /// Whether the watches of the lanes are to be looked at again once the machine has heard all.
    private var isDisarranged = false
    private var nameWatch: NameWatch?
    /// When, at a stop, who tries to connect is refused: as soon as the lanes are empty from the first instant on, and at
    /// the second in any case. The doors have been shut before.
    private var lockUpAt: (soonest: Instant, latest: Instant)?

    init(_ listeners: [any Listener], keeper: LaneKeeper, _ loop: EventLoop, _ log: MasterLog) {
        all = listeners
        self.keeper = keeper
        self.loop = loop
        self.log = log
        stragglers = Stragglers(loop, log)
    }

    /// Those of the configuration.
    var current: [any Listener] { all.filter { !$0.isLeaving } }

    /// Who has which lane, by the listener's name.
    var pools: [String: LanePool] {
        Dictionary(
            uniqueKeysWithValues: current.compactMap { listener in listener.pool.map { (listener.setting.name, $0) } })
    }

    /// Their addresses, by name, as the configuration has them: with port 0 where the kernel is to choose. (A master that ends
    /// what another left has what is left, whatever the configuration has.)
    func addresses(in configuration: Configuration) -> [String: String] {
        let addresses = current.map { listener in
            let asked = configuration.listeners.first { listener.serves($0) } ?? listener.setting
            return (listener.setting.name, asked.address.description)
        }
        return Dictionary(uniqueKeysWithValues: addresses)
    }

    /// Those that are leaving, as the next master needs them; nil: none.
    var leaving: [LeavingListener]? {
        let leaving = all.filter(\.isLeaving).map { LeavingListener($0) }
        return leaving.isEmpty ? nil : leaving
    }

    /// The generation's lanes, in the order of its workers' descriptors, with their listeners. A listener that came later
    /// has none.
    ///
    /// - Parameter names: the listeners that there were when it was started; nil: it is not known.
    func lanes(of generation: GenerationNumber, _ names: [String]?) -> [(listener: any Listener, lane: Lane)] {
        let own = all.compactMap { listener in listener.lane(of: generation).map { (listener: listener, lane: $0) } }
        guard let names else { return own }
        let named = Dictionary(own.map { ($0.listener.setting.name, $0) }) { first, _ in first }
        return names.compactMap { named[$0] }
    }

    /// Connections that wait for the generation's workers; a unix lane has 1 when some do.
    func queue(of generation: GenerationNumber) -> Int {
        all.reduce(0) { $0 + ($1.lane(of: generation)?.acceptQueue ?? 0) }
    }

    /// The same, of those whose length the kernel tells.
    func knownQueue(of generation: GenerationNumber) -> Int {
        all.reduce(0) { $0 + ($1.lane(of: generation)?.info?.acceptQueue ?? 0) }
    }

    /// Who holds our listening sockets, by the kernel's lists.
    func holders(_ directory: StateDirectory) -> LaneHolders {
        // Who has a socket of the service manager's may have it from there.
        let lanes = all.flatMap { listener in
            listener.watchable.map(\.lane).filter { listener.pool?.holders[$0.number] != .manager }.compactMap(\.inode)
        }
        return LaneHolders(at: all.map(\.setting.address), directory, kept: Set(lanes))
    }
}

// What the machine wants done.
extension ListenerSet {
    /// Gives the generation a lane of each listener, or of none: then the error says of which it could not be.
    ///
    /// - Parameter isBlocking: whether its programs wait in `accept` itself.
    func open(for generation: GenerationNumber, isBlocking: Bool) throws(LaneFailure) {
        endQuietLanes()
        for listener in current {
            do {
                try listener.open(for: generation)
                // A shared lane never blocks: it is also that of programs that expect otherwise.
                try listener.lane(of: generation)?.setBlocking(listener.steering != .shared && isBlocking)
            } catch {
                for opened in all { opened.release(generation) }
                throw LaneFailure(address: listener.setting.address, error: error)
            }
        }
        isDisarranged = true
    }

    /// Gives a generation a lane at one listener. (As a fresh one it was watched: what came to it was passed on.)
    func open(for generation: GenerationNumber, at listener: any Listener) throws(SystemError) {
        try listener.open(for: generation)
        isDisarranged = true
    }

    /// The generation is gone: its lanes go when nobody can be on the way to them any more.
    func release(_ generation: GenerationNumber) {
        for listener in all { listener.release(generation) }
        stragglers.forget(generation)
        lookAfterLanes()
        isDisarranged = true
    }

    /// Sends new connections where the target says.
    func steer(to target: SteeringTarget) throws(LaneFailure) {
        // Who is sent there is for its own workers.
        for share in target.shares { stragglers.giveBack(share.generation) }
        for listener in all {
            do { try listener.steer(to: target) } catch {
                throw LaneFailure(address: listener.setting.address, error: error)
            }
        }
        mendNames()
        isDisarranged = true
    }

    /// Takes the generation's users away from it before it drains.
    func evacuate(_ generation: GenerationNumber) {
        stragglers.evacuate(generation)
        isDisarranged = true
    }

    /// A worker of a generation is about to be told to drain.
    func expectDraining(isWeb: Bool) {
        if look == nil { lookAfterLanes(in: Self.deafAfter) }
        if isWeb { isDisarranged = true }
    }

    /// Steers as it was before the master began, and gives generations the lanes that they have not: who accepts from a
    /// shared socket is written down with the generations only, and a lane is gone when all who held it were killed.
    ///
    /// - Parameters:
    ///   - generations: those that have lanes.
    ///   - hasListener: whether a generation's workers have such a listener.
    /// - Returns: what is lost.
    func restore(
        _ generations: [GenerationNumber], serving: GenerationNumber?,
        where hasListener: (GenerationNumber, ListenerSetting) -> Bool
    ) -> [(GenerationNumber, LaneFailure)] {
        var lost: [(GenerationNumber, LaneFailure)] = []
        for listener in all {
            func open(for generation: GenerationNumber) {
                do { try listener.open(for: generation) } catch {
                    lost.append((generation, LaneFailure(address: listener.setting.address, error: error)))
                }
            }
            let lacking = generations.filter { generation in
                listener.lane(of: generation) == nil && hasListener(generation, listener.setting)
            }
            if let serving {
                if lacking.contains(serving) { open(for: serving) }
                try? listener.steer(to: .only(serving))
            }
            for generation in lacking where generation != serving { open(for: generation) }
        }
        isDisarranged = true
        return lost
    }

    /// Looks again at what each lane can bring, where something has changed.
    func arrangeIfNeeded() {
        guard isDisarranged else { return }
        isDisarranged = false
        arrange()
    }

    private func arrange() {
        stragglers.arrange(all)
        watchNames()
    }

    /// Something happened to a lane.
    func laneReady(_ serial: UInt64, _ events: Epoll.Interest) { stragglers.laneReady(serial, events, all) }
}

/// What could not be had of a listener.
struct LaneFailure: Error {
    let address: SocketAddress
    let error: SystemError
}

// The end of lanes.
extension ListenerSet {
    /// How long a worker may go on accepting when it was told to drain.
    static let deafAfter = Duration.milliseconds(250)

    /// A generation drains, or gave its lanes back: they are ended as soon as nobody is on the way there, which is looked at
    /// now, and then less and less often.
    func lookAfterLanes(again pause: Duration = .milliseconds(10), in delay: Duration = .zero) {
        look = (EventLoop.now() + delay, pause)
    }

    /// Ends those that nobody is on the way to.
    ///
    /// Nobody but the master and the keeper holds them. When both are killed they leave the kernel's group, the last of it
    /// moves into the place of each, and users enter whatever stands where the lane that serves did: see
    /// ``LanePool/exposure``.
    private func endQuietLanes() {
        guard all.contains(where: \.hasLeftLanes) else { return }
        let handshakes = handshakes
        end(all.flatMap { listener in listener.quiet(handshakes).map { (listener, $0) } })
    }

    /// Ends the lanes whose time has come.
    private func endExpiredLanes(at now: Instant) {
        end(all.flatMap { listener in listener.expired(at: now).map { (listener, $0) } })
    }

    /// Ends lanes, with all that is in them taken on first.
    private func end(_ ended: [(any Listener, Lane)]) {
        guard !ended.isEmpty else { return }
        for (listener, lane) in ended {
            guard stragglers.take(from: lane, listener) else {
                listener.postpone(lane)
                continue
            }
            stragglers.unwatch(lane)
            listener.end(lane)
        }
        // What took its place for a moment is not wanted where nobody serves.
        if ended.contains(where: { listener, _ in listener.isUnused }) { sweep() }
        arrange()
        host?.orderChanged()
    }

    /// Looks, when it is time.
    private func settle(at now: Instant) {
        guard let look, look.at <= now, let accepting = host?.accepting else { return }
        self.look = nil
        let deaf = Set(accepting.draining.filter { now - $0.value >= Self.deafAfter }.keys)
        if let next = accepting.draining.filter({ !deaf.contains($0.key) }).values.map({ $0 + Self.deafAfter }).min() {
            lookAfterLanes(in: next - now)
        }
        guard all.contains(where: { $0.isUnsettled(deaf) }) else { return }
        endQuietLanes()
        if accepting.isRunning {
            for listener in all { listener.settle(deaf) }
            arrange()
        }
        host?.orderChanged()
        let pause = min(look.pause * 2, .seconds(1))
        if self.look == nil, all.contains(where: { $0.isUnsettled(deaf) }) { lookAfterLanes(again: pause, in: pause) }
    }

    /// When `expire` has something to do.
    var nextDeadline: Instant? {
        all.compactMap(\.nextDeadline).min().earlier(look?.at).earlier(lockUpAt?.soonest)
            .earlier(stragglers.nextDeadline)
    }

    func expire(at now: Instant) {
        stragglers.expire()
        endExpiredLanes(at: now)
        settle(at: now)
        if all.contains(where: \.isLeft) { sweep() }
        lockUp(at: now)
    }
}

// Listeners that come and go while the master runs.
extension ListenerSet {
    /// Opens what is new in the settings; on the first that cannot be had all are given up again.
    func open(_ settings: [ListenerSetting], of new: Configuration) throws(ProblemsFound) -> [any Listener] {
        var opened: [any Listener] = []
        var problems: [Problem] = []
        // One that is still leaving comes back.
        for setting in settings where !all.contains(where: { $0.serves(setting) }) {
            let behind = all.filter { $0.setting.name == setting.name }.map(\.lastLane).max() ?? 0
            do {
                opened.append(
                    try makeListener(
                        setting, isV6Only: new.isV6Only(setting), keeper: keeper, left: nil, behind: behind))
            } catch {
                problems.append(Problem(listener: setting, error, in: new))
            }
        }
        guard problems.isEmpty else {
            for listener in opened { listener.close() }
            throw ProblemsFound(problems)
        }
        return opened
    }

    /// Has the listeners of these settings and no others: what is not among them leaves, what was leaving comes back.
    func arrange(by settings: [ListenerSetting], _ opened: [any Listener] = []) {
        var rest = all + opened
        var arranged: [any Listener] = []
        for setting in settings {
            guard let index = rest.firstIndex(where: { $0.serves(setting) }) else { continue }
            let listener = rest.remove(at: index)
            listener.isLeaving = false
            if listener.setting.backlog != setting.backlog { listener.setBacklog(setting.backlog) }
            listener.setSecure(setting.isSecure)
            arranged.append(listener)
        }
        for listener in rest { listener.isLeaving = true }
        all = arranged + rest
        sweep()
    }

    /// Lets go what nobody uses: lanes that were watched and that are no listener's any more, lanes at an address where nobody
    /// serves, and listeners that were leaving. One whose lanes cannot all be closed goes on leaving until they can.
    func sweep() {
        if let accepting = host?.accepting, accepting.serving != nil, accepting.isRunning {
            for listener in all where listener.isUnused {
                for (lane, _) in listener.watchable { stragglers.take(from: lane, listener) }
                listener.closeFreeLanes()
            }
        }
        stragglers.forgetClosed()
        for listener in all where listener.isLeft {
            log("nobody listens on \(listener.setting.address) any more")
            listener.closeFreeLanes()
            listener.close()
        }
        all.removeAll { $0.isLeft }
    }
}

// The names of unix listeners.
extension ListenerSet {
    private func watchNames() {
        let paths = all.flatMap(\.names)
        guard !paths.isEmpty else { return }
        if nameWatch == nil, let watch = try? NameWatch() {
            guard (try? loop.add(watch.number, .readable, Token(.names))) != nil else { return }
            nameWatch = watch
        }
        for path in paths { nameWatch?.watch(path) }
    }

    /// Names came or went: deployd's own doing, as a rule.
    func namesChanged() {
        nameWatch?.clear()
        mendNames()
        // Who may write to the directory may play with the names without end.
        guard let nameWatch else { return }
        loop.pause(nameWatch.number, .readable, Token(.names))
    }

    /// Puts right what others did to the names.
    func mendNames() {
        for listener in all {
            if let news = listener.mend() { log.seldom("name \(listener.setting.name) \(news)", news, .warning) }
        }
    }
}

// The end of a master that stops: who has come in is served, and nobody else comes in.
extension ListenerSet {
    /// How long it is waited for that the workers have taken what is in their queues, or is on the way there. They are
    /// quick, or they hang.
    private static let patience = Duration.milliseconds(250)
    /// How long the queues have to be empty: what has left the kernel's list of handshakes may be about to enter one.
    private static let quiet = Duration.milliseconds(3)
    /// When those who still try are refused. A worker that is about to hear that it shall drain must not find its lane out
    /// of service first: many take that for an error.
    private static let lockUpAfter = Duration.seconds(1)
    /// How much longer it is waited for lanes that are not empty, since what waits in them is reset then.
    private static let lastPatience = Duration.milliseconds(250)
    private static let lastLook = Duration.milliseconds(10)

    /// Lets nobody in any more, and waits until what waits in the lanes is accepted: what is in a queue when the master is
    /// gone would be reset. To be called when a stopping master is about to tell a worker to drain; it is done once.
    func shutDoors() {
        guard host?.accepting.isRunning == false, !stragglers.isShut else { return }
        stragglers.takeLast(all)
        for listener in all { listener.shutDoor() }
        stragglers.isShut = true
        let end = MonotonicClock.now() + Self.patience
        var emptySince: Duration?
        while MonotonicClock.now() < end {
            stragglers.takeLast(all)
            let now = MonotonicClock.now()
            emptySince = waiting > 0 || areHandshakesUnderWay ? nil : emptySince ?? now
            if let emptySince, now - emptySince >= Self.quiet { break }
            _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(1))
        }
        let soonest = EventLoop.now() + Self.lockUpAfter
        lockUpAt = (soonest, soonest + Self.lastPatience)
    }

    /// Takes all lanes out of service, when it is time. All workers were told to drain a second ago.
    private func lockUp(at now: Instant) {
        guard let due = lockUpAt, due.soonest <= now else { return }
        guard due.latest <= now || (waiting == 0 && !areHandshakesUnderWay) else {
            lockUpAt = (min(now + Self.lastLook, due.latest), due.latest)
            return
        }
        lockUpAt = nil
        stragglers.lookAway()
        for listener in all { listener.lockUp() }
    }

    /// Connections that workers still have to take.
    private var waiting: Int {
        all.flatMap(\.watchable).reduce(0) { count, watched in
            if case .generation = watched.state, watched.lane.mayHaveWaiting { count + 1 } else { count }
        }
    }

    /// Whether somebody is on the way to a lane: he comes to the one that he was sent to before the doors were shut.
    private var areHandshakesUnderWay: Bool {
        let handshakes = handshakes
        return all.compactMap(\.setting.address.port).contains(where: handshakes.areUnderWay(atPort:))
    }

    private var handshakes: Handshakes { Handshakes(atPorts: Set(all.compactMap(\.setting.address.port))) }

    /// Gives all addresses up.
    func close() { for listener in all { listener.close() } }
}
