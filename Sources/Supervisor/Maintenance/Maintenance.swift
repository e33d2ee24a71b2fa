internal import DeployCore
internal import Handoff
internal import Linux

/// Whom maintenance asks, and tells.
protocol MaintenanceHost: AnyObject {
    var machine: Machine { get }
    var releases: GenerationReleases { get }
    /// What the next master needs is something else now.
    func orderChanged()
}

/// Users are answered by a page, while the machine goes on as if nothing were: deploys, restarts and their probes are as ever.
///
/// A part of the master, beside the machine. It owns the order (which the state directory has too) and the worker that answers. Each
/// listener with steering gets a lane more, in which all users end whom the order does not let in; kept connections of web workers are
/// handed to the worker, as to a new generation.
final class Maintenance {
    /// How long the worker may take until it is ready.
    private static let patience = Duration.seconds(10)
    /// How long until another one is started for one that has ended.
    private static let pause = Duration.milliseconds(500)

    /// Somebody waits until it is on.
    private struct Opening {
        let client: ControlClientID?
        let who: HistoryRecord.Who
        let askedAt: Instant
        /// What holds again if it does not come about.
        let former: MaintenanceOrder?
    }

    private let directory: StateDirectory
    private let listeners: ListenerSet
    private let workers: Workers
    private let handovers: Handovers
    private let records: DeployRecords
    private let clients: Clients
    private let log: MasterLog
    private let own: MaintenanceWorkers
    weak var host: (any MaintenanceHost)?
    /// What is on; nil: it is off.
    private(set) var order: MaintenanceOrder?
    private var opening: Opening?
    private var startAt: Instant?
    private var startedAt = Instant(sinceBoot: .zero)
    private var isStopping = false
    /// The lanes that the worker was started with, by their names in the keeper.
    private var lanes: [String] = []

    init(_ workers: Workers, _ launcher: Launcher, _ records: DeployRecords, _ clients: Clients) {
        self.workers = workers
        self.records = records
        self.clients = clients
        directory = workers.directory
        listeners = workers.listeners
        handovers = workers.handovers
        log = workers.log
        own = MaintenanceWorkers(workers.loop, workers.directory, workers.handovers, launcher)
    }

    var saved: SavedMaintenance? { own.saved }
    var pids: Set<Int32> { own.pids }
    /// Whether somebody waits until it is on.
    var isOpening: Bool { opening != nil }
    var isReady: Bool { own.isReady }

    var nextDeadline: Instant? {
        startAt.earlier(own.nextDeadline).earlier(opening.map { $0.askedAt + Self.patience })
    }

    /// Whether its worker ends TLS there.
    func speaksTLS(at listener: ListenerSetting) -> Bool { listener.isSecure && own.current?.bundle != nil }

    private var steered: [any Listener] { listeners.all.filter { $0.steering == .lanes } }

    /// The lanes that there are for it now.
    private var present: [String] {
        steered.compactMap { listener in
            listener.lane(of: .maintenance).map { LaneName.make(listener.setting.name, $0.number.rawValue) }
        }
    }
}

// What people ask for.
extension Maintenance {
    /// Turns it on, or what is on into what is asked for now; without terms, off.
    func take(_ terms: MaintenanceTerms?, by who: HistoryRecord.Who, _ client: ControlClientID) {
        guard let host, host.machine.phase == .running else { return refuse(client, Refusal.stopping.description) }
        guard opening == nil || terms == nil else {
            return refuse(client, "maintenance is about to be turned on by somebody else; `deployd status` shows it")
        }
        if let terms { turnOn(terms, by: who, client) } else { turnOff(by: who, client) }
    }

    private func turnOn(_ terms: MaintenanceTerms, by who: HistoryRecord.Who, _ client: ControlClientID) {
        guard !steered.isEmpty else {
            return refuse(
                client,
                "no listener has lanes (`deployd status`): users of a unix socket, or of one that systemd opened, cannot be "
                    + "kept out here; do it in the server in front")
        }
        let order = MaintenanceOrder(terms, by: who)
        do { try directory.write(order) } catch {
            return refuse(
                client, "what is asked for cannot be written down, and a later master would not know of it: \(error)")
        }
        opening = Opening(client: client, who: who, askedAt: EventLoop.now(), former: self.order)
        self.order = order
        start()
    }

    private func turnOff(by who: HistoryRecord.Who, _ client: ControlClientID) {
        guard order != nil else { return answer(client, .completed, "maintenance is off already") }
        do { try directory.removeMaintenance() } catch {
            return refuse(client, "a later master would turn it on again: \(error)")
        }
        if let opening = opening.take() { refuse(opening.client, "maintenance was turned off meanwhile") }
        let open = letIn()
        records.recordMaintenance(.maintenanceOff, "", serving: serving, by: who)
        log("maintenance is off: users get the site again")
        let note = open.map { "\n\($0); it is tried again" } ?? ""
        answer(client, .completed, "maintenance is off: users get the site again\(note)")
    }

    /// - Returns: why a listener may still keep users out; nil: none does.
    private func letIn() -> String? {
        order = nil
        startAt = nil
        var failure: String?
        for listener in listeners.all {
            do { try listener.close(nil) } catch { failure = "\(listener.setting.address): \(error)" }
        }
        workers.close(nil)
        own.drain(laneIsLive: true, line: handovers.line(to: host?.machine.serving))
        listeners.stragglers.take(of: .maintenance, listeners.all)
        listeners.release(.maintenance)
        handovers.release(.maintenance, serving: host?.machine.serving)
        host?.orderChanged()
        return failure
    }

    private func refuse(_ client: ControlClientID?, _ reason: String) { answer(client, .refused, reason) }

    private func answer(_ client: ControlClientID?, _ outcome: ControlOutcome, _ message: String) {
        clients.send(
            .done(DoneEvent(outcome, message: message, serving: host.flatMap { ServingReport($0.machine) })), to: client
        )
    }

    private var serving: GenerationMachine? { host.flatMap { $0.machine.generation($0.machine.serving) } }
}

// The worker.
extension Maintenance {
    private func start() {
        startAt = nil
        guard let order, let host, host.machine.phase == .running, !isStopping else { return }
        startedAt = EventLoop.now()
        do {
            let account = serving.flatMap { host.releases[$0.number] }?.order.account
            let lanes = try openLanes()
            // Who goes on keeping users out has them wait until the worker is ready.
            if opening == nil { for listener in steered { try listener.close(order.closure) } }
            if handovers.number(of: .maintenance) == nil { handovers.open(for: .maintenance) }
            try own.start(order, lanes, as: account) { host.orderChanged() }
        } catch { ended("\(error)") }
    }

    /// Gives each listener with steering a lane more, unless it has one.
    private func openLanes() throws(SystemError) -> MaintenanceLanes {
        var own = MaintenanceLanes()
        own.challenges = workers.generations.certificates.proofs
        for listener in steered {
            if listener.lane(of: .maintenance) == nil { try listeners.open(for: .maintenance, at: listener) }
            guard let lane = listener.lane(of: .maintenance) else { continue }
            try lane.setBlocking(false)
            lane.isLent = true
            own.numbers.append(lane.socket.number)
            own.names.append(listener.setting.name)
            if listener.setting.isSecure { own.secure.append(listener.setting.name) }
        }
        if !own.secure.isEmpty { own.bundle = workers.generations.certificates.bundle }
        if own.bundle == nil { own.secure = [] }
        lanes = present
        return own
    }

    /// The worker, or one before it, has said something or has ended.
    func ready(_ serial: UInt64) {
        switch own.ready(serial) {
        case nil: break
        case .ready: keepOut()
        case .ended(let reason): ended(reason)
        }
    }

    /// From now on users get the page.
    private func keepOut() {
        guard let order else { return own.drain(laneIsLive: true, line: nil) }
        var failure: String?
        for listener in steered where listener.lane(of: .maintenance) != nil {
            do { try listener.close(order.closure) } catch { failure = "\(listener.setting.address): \(error)" }
        }
        if let failure, opening != nil { return giveUp(failure) }
        workers.close(order.closure)
        host?.orderChanged()
        guard let opening = opening.take() else { return }
        records.recordMaintenance(.maintenanceOn, order.words, serving: serving, by: opening.who)
        log("maintenance is on: users get 503 (\(order.words)); `deployd maintenance off` ends it", .warning)
        answer(opening.client, .completed, (["maintenance is on: \(order.words)"] + exceptions).joined(separator: "\n"))
    }

    /// What goes on getting the site.
    private var exceptions: [String] {
        let others = listeners.current.filter { $0.steering != .lanes }.map {
            "\($0.setting.address) has no lanes: who connects there gets the site"
        }
        let kept =
            workers.keepConnections
            ? [
                "connections that are open stay with the server, and get the site until they are closed; `deployd restart` ends them"
            ]
            : []
        return others + kept + ["`deployd maintenance off` ends it"]
    }

    private func ended(_ reason: String?) {
        guard order != nil, !isStopping else { return }
        let text = "the worker that answers during maintenance has ended: \(reason ?? "it had been ready")"
        if opening != nil { return giveUp(reason ?? "it ended") }
        log.seldom("maintenance", text, .error)
        // Users wait: one that has served for a while is replaced at once.
        let now = EventLoop.now()
        startAt = reason == nil && now - startedAt > Self.patience ? now : now + Self.pause
    }

    /// What was there before holds again.
    private func giveUp(_ reason: String) {
        guard let opening = opening.take() else { return }
        refuse(opening.client, "maintenance cannot be turned on: the worker for it: \(reason)")
        log("maintenance cannot be turned on: the worker for it: \(reason)", .error)
        guard let former = opening.former else {
            try? directory.removeMaintenance()
            _ = letIn()
            return
        }
        order = former
        try? directory.write(former)
        if !own.isReady { startAt = EventLoop.now() + Self.pause }
    }

    /// Does what is due.
    func expire(at now: Instant) {
        own.expire(at: now)
        if let startAt, startAt <= now { start() }
        if let opening, opening.askedAt + Self.patience <= now {
            giveUp("it was not ready within \(Self.patience.text)")
        }
    }

    /// Listeners came or went: the worker has to accept from those that there are.
    func follow() {
        guard order != nil, !isStopping, startAt == nil, own.current != nil else { return }
        let wanted = steered.filter { !$0.isUnused }
        if present != lanes || wanted.contains(where: { $0.lane(of: .maintenance) == nil }) { start() }
    }

    /// New certificates are in use.
    func tellCertificates() {
        if let bundle = workers.generations.certificates.bundle { own.tell(bundle) }
    }
}

// The beginning and the end of a master.
extension Maintenance {
    /// Keeps users out as before, if that was on: to be called before anybody is steered.
    ///
    /// - Parameter isEnding: whether this master only ends what another left.
    func prepare(isEnding: Bool = false) {
        order = directory.readMaintenance()
        guard let order else { return }
        for listener in steered {
            if listener.isUnused { try? listeners.open(for: .maintenance, at: listener) }
            if listener.lane(of: .maintenance) != nil { try? listener.close(order.closure) }
        }
        workers.close(order.closure)
        guard !isEnding else { return }
        log(
            "maintenance is on since \(order.since): users get 503 (\(order.words)); `deployd maintenance off` ends it",
            .warning)
    }

    /// Goes on with the worker of an earlier master, or starts one.
    func begin(_ saved: SavedMaintenance?) {
        guard order != nil else { return letGo(saved) }
        if let saved, saved.isAlive, handovers.number(of: .maintenance) != nil, own.adopt(saved) {
            lanes = present
            keepOut()
            return follow()
        }
        start()
    }

    /// What an earlier master has left of it, if it was turned off while there was none.
    private func letGo(_ saved: SavedMaintenance?) {
        if let saved, saved.isAlive, own.adopt(saved) {
            own.drain(laneIsLive: true, line: handovers.line(to: host?.machine.serving))
        }
        if steered.contains(where: { $0.lane(of: .maintenance) != nil }) { listeners.release(.maintenance) }
        handovers.release(.maintenance, serving: host?.machine.serving)
    }

    /// Lets the worker finish what it has, once nobody is let in any more.
    func stop() {
        guard !isStopping, listeners.stragglers.isShut else { return }
        isStopping = true
        startAt = nil
        own.drain(laneIsLive: false, line: nil)
    }

    /// Nothing of it outlives a master that has stopped.
    func end() { own.endAll() }
}

extension MaintenanceOrder {
    /// What users get, and who gets the site: "deployd's own page, Retry-After 120; 10.0.0.0/8 gets the site".
    var words: String {
        let shown = page.map { "a page of \($0.utf8.count) bytes" } ?? "deployd's own page"
        return "\(shown), Retry-After \(retryAfter)"
            + (allowed.isEmpty
                ? "" : "; \(allowed.joined(separator: ", ")) \(allowed.count == 1 ? "gets" : "get") the site")
    }
}
