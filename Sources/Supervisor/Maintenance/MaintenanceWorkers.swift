internal import DeployCore
internal import Handoff
internal import Linux

/// The processes that answer users while the site is under maintenance: one that accepts, and those before it, which finish what
/// they have.
///
/// It owns them and the sockets on which they are heard. Their numbers are 0 and below, which no worker of a release has.
final class MaintenanceWorkers {
    /// What has come of them.
    enum News {
        case ready
        /// The one that accepts has ended, with a reason as a clause; nil: it had begun to serve.
        case ended(String?)
    }

    /// One that says nothing for so long hangs, and is killed. Users wait meanwhile.
    private static let silence = Duration.seconds(5)
    /// How long one may take to finish what it has.
    private static let patience = Duration.seconds(10)
    /// The user that serves where the release's would be root: nobody, as the kernel has it (overflowuid).
    private static let nobody = LaunchOrder.Account(uid: 65534, gid: 65534, groups: [65534])

    private let loop: EventLoop
    private let directory: StateDirectory
    private let handovers: Handovers
    private let launcher: Launcher
    /// The one that accepts, or is about to.
    private(set) var current: WorkerProcess?
    /// Whether it answers.
    private(set) var isReady = false
    /// When the one that accepts was heard last.
    private var heardAt = Instant(sinceBoot: .zero)
    private var leaving: [(worker: WorkerProcess, until: Instant)] = []
    private var watched: [UInt64: WorkerProcess] = [:]
    /// That before the one that accepts, until this one answers.
    private var superseded: WorkerProcess?
    /// The user of the one that accepts; nil: the master's own.
    private var owner: UInt32?
    private var last = 1

    init(_ loop: EventLoop, _ directory: StateDirectory, _ handovers: Handovers, _ launcher: Launcher) {
        self.loop = loop
        self.directory = directory
        self.handovers = handovers
        self.launcher = launcher
    }

    /// What the next master needs to go on with the one that accepts; nil: there is none.
    var saved: SavedMaintenance? { current.map { SavedMaintenance($0, owner: owner) } }
    var pids: Set<Int32> { Set((leaving.map(\.worker) + [current].compactMap(\.self)).map(\.pid)) }
    /// When one has to be ended that takes too long, or says nothing.
    var nextDeadline: Instant? { leaving.map(\.until).min().earlier(isReady ? heardAt + Self.silence : nil) }

    /// Goes on with one of an earlier master; false: it is gone.
    func adopt(_ saved: SavedMaintenance) -> Bool {
        removeStaleSockets(but: saved.worker.number)
        last = min(last, saved.worker.number.rawValue)
        guard let identity = saved.worker.process,
            let worker = try? WorkerProcess(
                adopting: saved.worker, identity, .maintenance, directory, owner: saved.owner, inherit: .listenFds,
                inherited: nil, board: nil),
            (try? watch(worker)) != nil
        else { return false }
        worker.hasHandover = true
        worker.handoverVersion = saved.handoverVersion
        (current, isReady, owner) = (worker, true, saved.owner)
        heardAt = EventLoop.now()
        tellHandovers(worker)
        return true
    }

    private func removeStaleSockets(but own: WorkerNumber? = nil) {
        for name in (try? Files.list(directory.runtime)) ?? [] {
            guard let number = StateDirectory.worker(ofFile: name), number.rawValue <= 0, number != own else {
                continue
            }
            directory.forget(number)
        }
    }

    /// Starts one; that before it goes on until this one says that it is ready.
    ///
    /// - Parameters:
    ///   - lanes: what it accepts from.
    ///   - account: whose rights it has; nil: the master's, unless that is root.
    ///   - written: writes its pid down, before it becomes the program.
    func start(
        _ order: MaintenanceOrder, _ lanes: MaintenanceLanes, as account: LaunchOrder.Account?, written: () -> Void
    ) throws(SystemError) {
        let account = account.flatMap { $0.uid == 0 ? nil : $0 } ?? (ThisProcess.uid == 0 ? Self.nobody : nil)
        let content = try FileDescriptor.sealedContent("deployd-maintenance", order.bytes)
        // Not the master's own: a worker of the same user could take its terminal, or its log, from this one.
        let output = try Files.openNull(forOutput: true)
        if last > 0 { removeStaleSockets() }
        last -= 1
        var spawn = WorkerSpawn(
            directory: directory, lanes: lanes.numbers, log: output.number,
            handover: handovers.number(of: .maintenance), bundle: lanes.bundle, owner: account?.uid, inherit: .listenFds
        )
        spawn.input = content.number
        let worker = try spawn.start(WorkerNumber(rawValue: last), .maintenance, slot: Slot(1))
        if let before = current { isReady ? supersede(before) : end(before) }
        (current, isReady, owner) = (worker, false, account?.uid)
        try watch(worker)
        written()
        try worker.launch(launcher.complete(launchOrder(worker, lanes, account)))
    }

    private func supersede(_ worker: WorkerProcess) {
        if let older = superseded { end(older) }
        superseded = worker
    }

    private func launchOrder(
        _ worker: WorkerProcess, _ lanes: MaintenanceLanes, _ account: LaunchOrder.Account?
    ) -> LaunchOrder {
        typealias Variable = Handoff.WorkerEnvironment
        let layout = WorkerSpawn.Layout(lanes: lanes.numbers.count)
        // It is this very program, wherever the file is by now.
        var order = LaunchOrder(
            executable: "/proc/self/exe", arguments: ["deployd", MaintenanceStep.verb],
            environment: ["PATH=\(Defaults.searchPath)"], directory: "/", account: account)
        order.set([
            (Variable.listenCount, "\(lanes.numbers.count)"),
            (Variable.listenNames, lanes.names.joined(separator: ":")),
            (Variable.notifySocket, directory.notifySocket(of: worker.number)),
            (Variable.control, "\(layout.control)"), (Variable.scoreboard, "\(layout.scoreboard)"),
            (Variable.generation, "\(GenerationNumber.maintenance)"), (Variable.worker, "1"),
            (Variable.watchdog, "\(Self.silence.microseconds)"),
        ])
        if let challenges = lanes.challenges { order.set([(Variable.challenges, challenges)]) }
        if worker.hasHandover { order.set([(Variable.handover, "\(layout.handover)")]) }
        if worker.bundle != nil {
            order.set([
                (Variable.tls, "\(layout.tls)"), (Variable.tlsListeners, lanes.secure.joined(separator: ":")),
            ])
        }
        return order
    }

    private func watch(_ worker: WorkerProcess) throws(SystemError) {
        for number in [worker.process.number, worker.notifyNumber] {
            let token = Token(.maintenance, loop.nextSerial())
            watched[token.serial] = worker
            try loop.add(number, .readable, token)
        }
    }

    /// One of them has said something, or has ended.
    func ready(_ serial: UInt64) -> News? {
        guard let worker = watched[serial] else { return nil }
        let said = hear(worker)
        if let ready = said.last(where: \.isReady), worker === current, !isReady {
            worker.handoverVersion = worker.hasHandover ? ready.handoverVersion : 0
            worker.level = (ready.level ?? 0) >= 2 ? .drains : .notifies
            isReady = true
            tellHandovers(worker)
            if let before = superseded.take() {
                drain(before, laneIsLive: true, line: handovers.line(to: .maintenance))
            }
            return .ready
        }
        return reap(worker) ? forget(worker) : nil
    }

    /// What a worker has said since it was heard last.
    private func hear(_ worker: WorkerProcess) -> [Notification] {
        let said = worker.notifications(atMost: WorkerVoice.messagesPerTurn).notifications
        if worker === current, said.contains(where: { $0.isAlive || $0.isReady }) { heardAt = EventLoop.now() }
        return said
    }

    private func reap(_ worker: WorkerProcess) -> Bool {
        do { return try worker.process.reap() != nil } catch { return error.errno == .noChild && isGone(worker) }
    }

    /// Whether one that another master has started has ended: it cannot be reaped.
    private func isGone(_ worker: WorkerProcess) -> Bool {
        (try? Poll.readable(worker.process.number, timeout: .zero)) == true
    }

    private func forget(_ worker: WorkerProcess) -> News? {
        let failure = worker.launchFailure()
        for (serial, other) in watched where other === worker { watched[serial] = nil }
        loop.remove(worker.process.number)
        loop.remove(worker.notifyNumber)
        handovers.setReceiving(worker.number, of: .maintenance, version: 0)
        directory.forget(worker.number)
        leaving.removeAll { $0.worker === worker }
        if superseded === worker { superseded = nil }
        guard worker === current else { return nil }
        let reason = isReady ? nil : failure ?? "it ended before it was ready"
        // That before it goes on after all.
        current = superseded.take()
        isReady = current != nil
        return .ended(reason)
    }

    private func tellHandovers(_ worker: WorkerProcess) {
        handovers.setReceiving(worker.number, of: .maintenance, version: worker.handoverVersion)
    }

    /// Lets all finish what they have. Idle connections go over `line`.
    ///
    /// - Parameter laneIsLive: whether somebody else takes what comes to the lanes from now on.
    func drain(laneIsLive: Bool, line: HandoverLine?) {
        for worker in [superseded.take(), current].compactMap(\.self) {
            drain(worker, laneIsLive: laneIsLive, line: line)
        }
        (current, isReady) = (nil, false)
    }

    private func drain(_ worker: WorkerProcess, laneIsLive: Bool, line: HandoverLine?) {
        leaving.append((worker, EventLoop.now() + Self.patience))
        handovers.setReceiving(worker.number, of: .maintenance, version: 0)
        let patience = Self.patience
        try? worker.drain(signal: .term, requests: patience, upgrades: patience, laneIsLive: laneIsLive, line: line)
    }

    /// It never answered anybody.
    private func end(_ worker: WorkerProcess) {
        leaving.append((worker, EventLoop.now() + Self.patience))
        _ = try? worker.process.send(.kill)
    }

    /// Ends those whose time is over, and one that hangs: another takes its place, and who waits with it.
    func expire(at now: Instant) {
        if isReady, let current, heardAt + Self.silence <= now {
            // The master itself may have been stopped meanwhile: then something has been said.
            let said = hear(current)
            if !said.contains(where: \.isAlive) { _ = try? current.process.send(.kill) }
            heardAt = now
        }
        for (worker, until) in leaving where until <= now { _ = try? worker.process.send(.kill) }
        leaving = leaving.map { ($0.worker, $0.until <= now ? now + Self.patience : $0.until) }
    }

    /// Sends the certificates in use.
    func tell(_ bundle: CertificateBundle) {
        guard let current, isReady, current.bundle != nil, current.bundle != bundle.number else { return }
        if current.tell(.tls, descriptor: bundle.descriptor) { current.bundle = bundle.number }
    }

    /// The master ends, and none of them may outlive it. Blocks, for as long as one takes that was told to drain.
    func endAll() {
        let all = leaving.map(\.worker) + [superseded, current].compactMap(\.self)
        all.map(\.identity).end(within: .milliseconds(500))
        for worker in all {
            _ = try? worker.process.reap()
            directory.forget(worker.number)
        }
    }
}

/// What a worker of maintenance accepts from.
struct MaintenanceLanes {
    /// The lanes' descriptors, lent.
    var numbers: [CInt] = []
    /// The names of their listeners.
    var names: [String] = []
    /// Those of them that speak TLS.
    var secure: [String] = []
    /// What they speak it with; nil: none does.
    var bundle: CertificateBundle?
    /// Where the proofs for ACME lie, which are answered all the while; nil: nowhere.
    var challenges: String?
}

/// The life of a worker of maintenance: it is deployd itself, under a hidden verb.
package enum MaintenanceStep {
    /// The verb by which the master calls it. Its standard input is a ``MaintenanceOrder``.
    package static let verb = "__maintenance"
}
