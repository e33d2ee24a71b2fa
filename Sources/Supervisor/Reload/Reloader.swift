internal import DeployCore
internal import Linux

/// Applies the current `deployd.json`, for `deployd reload` and SIGHUP.
final class Reloader {
    private unowned let master: any MasterView
    private let settings: CurrentSettings
    private let listeners: ListenerSet
    private let groups: GenerationGroups
    private let requests: Requests
    private let clients: Clients
    private let manager: ServiceManager
    private let certificates: Certificates
    private let logs: GenerationLogs
    private let directory: StateDirectory
    private let log: MasterLog

    init(
        _ master: any MasterView, _ settings: CurrentSettings, _ listeners: ListenerSet, _ groups: GenerationGroups,
        _ requests: Requests, _ clients: Clients, _ manager: ServiceManager, _ certificates: Certificates,
        _ logs: GenerationLogs, _ directory: StateDirectory, _ log: MasterLog
    ) {
        self.master = master
        self.settings = settings
        self.listeners = listeners
        self.groups = groups
        self.requests = requests
        self.clients = clients
        self.manager = manager
        self.certificates = certificates
        self.logs = logs
        self.directory = directory
        self.log = log
    }

    /// What the last reload has found of certificates.
    private var certificateNews: [String] = []

    private var configuration: Configuration { settings.configuration }
    private var machine: Machine { master.machine }

    /// Reads the configuration anew and applies it; with any mistake in it nothing changes.
    ///
    /// - Parameter client: who waits for the answer; nil: a signal asked.
    func reload(by who: HistoryRecord.Who, client: ControlClientID?) -> [Event] {
        let askedAt = EventLoop.now()
        guard machine.phase == .running else {
            answer(.refused, Refusal.stopping.description, askedAt, client)
            return []
        }
        manager.announceReload()
        do {
            let reload = try Reload(
                of: configuration, serving: machine.generation(machine.serving)?.plan.path,
                listening: listeners.all.map(\.setting.address), settings.surroundings)
            try refuseLimits(of: reload.configuration)
            if reload.needsRestart { return try restart(for: reload, by: who, askedAt, client) }
            let events = try apply(reload.configuration)
            settings.file.accept()
            settings.standing = reload.standing
            let lines = reload.lines(scaled: machine.scaledWorkers) + certificateNews
            answer(
                .completed, lines.isEmpty ? "nothing has changed in \(shownFile)" : lines.joined(separator: "\n"),
                askedAt, client)
            return events
        } catch {
            settings.file.refuse(error.description, configuration)
            answer(.refused, error.description, askedAt, client)
            return []
        }
    }

    private func answer(_ outcome: ControlOutcome, _ message: String, _ askedAt: Instant, _ client: ControlClientID?) {
        for line in message.split(separator: "\n") { log("reload: \(outcome.rawValue): \(line)") }
        let took = (EventLoop.now() - askedAt).inMilliseconds
        let serving = ServingReport(machine)
        clients.send(.done(DoneEvent(outcome, message: message, serving: serving, milliseconds: took)), to: client)
    }

    /// Limits that cannot be kept would be refused by the next restart: they are by the reload.
    private func refuseLimits(of new: Configuration) throws(ProblemsFound) {
        guard let obstacle = groups.obstacle(to: new.limits.generation.launchLimits) else { return }
        throw ProblemsFound([groups.problem(obstacle, in: shownFile)])
    }

    /// Workers cannot be given another socket: a new generation of the release that serves has the listeners as they are to
    /// be, and takes over as by `restart`. When that fails all is as before.
    private func restart(
        for reload: Reload, by who: HistoryRecord.Who, _ askedAt: Instant, _ client: ControlClientID?
    ) throws(ProblemsFound) -> [Event] {
        guard machine.deployment == nil, let serving = machine.generation(machine.serving) else {
            answer(.busy, "another deploy is under way: \(machine.deploymentInWords)", askedAt, client)
            return []
        }
        let former = configuration
        let opened = try listeners.open(reload.added, of: reload.configuration)
        var events: [Event] = []
        let prepared: PreparedRelease
        do {
            events = try apply(reload.configuration, opened)
            prepared = try PreparedRelease(at: serving.plan.path, settings, groups)
        } catch {
            for listener in opened { listener.close() }
            events += goBack(to: former)
            settings.file.refuse(error.description, former)
            answer(.refused, error.description, askedAt, client)
            return events
        }
        let lines = reload.lines(scaled: machine.scaledWorkers) + certificateNews
        for line in lines { log("reload: \(line)") }
        let request = requests.add(
            Requests.Pending(
                client: client, who: who, verb: .reload, askedAt: askedAt, release: prepared.runnable, deadline: nil,
                news: lines, former: former))
        return events + [.deploy(request, prepared.plan, .restart, wait: false)]
    }

    /// A restart with new listeners was not committed: the settings of before hold again.
    func goBack(to former: Configuration) -> [Event] {
        do { return try apply(former) } catch {
            log("reload: the previous settings cannot be restored: \(error.description)", .warning)
            return []
        }
    }

    private var shownFile: String { configuration.file ?? "the configuration: there is no file" }

    private func apply(_ new: Configuration, _ opened: [any Listener] = []) throws(ProblemsFound) -> [Event] {
        if new.controlGroup != configuration.controlGroup { try openControl(to: new.controlGroup) }
        let link = settings.layout.currentLink
        settings.configuration = new
        logs.limit = new.policies.logLimitBytes
        if settings.layout.currentLink != link { makeCurrentLink() }
        listeners.arrange(by: new.listeners, opened)
        certificateNews = certificates.reload()
        return [.configured(Policies(new.policies))]
    }

    private func openControl(to group: String?) throws(ProblemsFound) {
        let access = ControlAccess(owner: ThisProcess.uid, group: group.flatMap { GroupAccount.find($0) })
        do { try clients.server.change(access, at: directory.control) } catch {
            throw ProblemsFound([
                Problem(
                    file: shownFile, keyPath: "controlGroup", found: "\(group ?? "none"), refused: \(error)",
                    expected: "a group that the master's user may give the control socket to")
            ])
        }
    }

    /// Links `current` to the serving release in the new directory, for the next start.
    private func makeCurrentLink() {
        let layout = settings.layout
        guard let serving = machine.generation(machine.serving) else { return }
        do { try layout.moveCurrent(to: serving.plan.path) } catch {
            log("reload: \(layout.currentLink) cannot be created: \(error); the next deploy creates it", .warning)
        }
    }
}
