internal import DeployCore
internal import Linux

// `deployd reload` and SIGHUP: the master goes by what `deployd.json` says now.
extension Master {
    /// Reads the configuration anew and goes by it; with any mistake in it nothing changes.
    ///
    /// - Parameter client: who waits for the answer; nil: a signal asked.
    func reload(by who: HistoryRecord.Who, client: ControlClientID?) {
        let askedAt = Self.now()
        guard machine.phase == .running else {
            return answer(.refused, Refusal.stopping.description, askedAt, client)
        }
        manager.announceReload()
        do {
            let reload = try Reload(
                of: configuration, serving: machine.generation(machine.serving)?.plan.path,
                listening: listeners.all.map(\.setting.address), surroundings)
            try refuseLimits(of: reload.configuration)
            if reload.needsRestart { return try restart(for: reload, by: who, askedAt, client) }
            try apply(reload.configuration)
            let lines = reload.lines + hints(reload)
            answer(
                .completed, lines.isEmpty ? "nothing has changed in \(shownFile)" : lines.joined(separator: "\n"),
                askedAt, client)
        } catch {
            answer(.refused, error.description, askedAt, client)
        }
    }

    private func answer(_ outcome: ControlOutcome, _ message: String, _ askedAt: Instant, _ client: ControlClientID?) {
        for line in message.split(separator: "\n") { log("reload: \(outcome.rawValue): \(line)") }
        let took = (Self.now() - askedAt).inMilliseconds
        send(.done(DoneEvent(outcome, message: message, serving: servingReport, milliseconds: took)), to: client)
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
    ) throws(ProblemsFound) {
        guard machine.deployment == nil, let serving = machine.generation(machine.serving) else {
            return answer(.busy, "another deploy is under way: \(deploymentInWords)", askedAt, client)
        }
        let former = configuration
        let opened = try listeners.open(reload.added, of: reload.configuration)
        let prepared: PreparedRelease
        do {
            try apply(reload.configuration, opened)
            prepared = try prepare(serving.plan.path)
        } catch {
            for listener in opened { listener.close() }
            goBack(to: former)
            throw error
        }
        let lines = reload.lines + hints(reload)
        for line in lines { log("reload: \(line)") }
        let request = requests.add(
            RequestDesk.Pending(
                client: client, who: who, verb: .reload, askedAt: askedAt, release: prepared.runnable, deadline: nil,
                news: lines, former: former))
        feed(.deploy(request, prepared.plan, .restart, wait: false))
    }

    /// A restart with new listeners was not committed: the settings of before hold again.
    func goBack(to former: Configuration) {
        do { try apply(former) } catch {
            log("reload: the previous settings cannot be restored: \(error.description)", .warning)
        }
    }

    /// What keeps a change from being seen.
    private func hints(_ reload: Reload) -> [String] {
        let isAboutWorkers = reload.changes.contains { $0.key == "workers" }
        guard let count = machine.scaledWorkers, isAboutWorkers else { return [] }
        let workers = CountText.of(count, "worker")
        return ["note: `deployd scale` set it to \(workers), which holds until the master is started again"]
    }

    private var shownFile: String { configuration.file ?? "the configuration: there is no file" }

    /// What can fail comes first.
    private func apply(_ new: Configuration, _ opened: [any Listener] = []) throws(ProblemsFound) {
        if new.controlGroup != configuration.controlGroup { try openControl(to: new.controlGroup) }
        configuration = new
        logs.limit = new.policies.logLimitBytes
        moveLayout()
        listeners.arrange(by: new.listeners, opened)
        feed(.configured(Policies(new.policies)))
    }

    private func openControl(to group: String?) throws(ProblemsFound) {
        let access = ControlAccess(owner: ThisProcess.uid, group: group.flatMap { GroupAccount.find($0) })
        do { try control.change(access, at: directory.control) } catch {
            throw ProblemsFound([
                Problem(
                    file: shownFile, keyPath: "controlGroup", found: "\(group ?? "none"), refused: \(error)",
                    expected: "a group that the master's user may give the control socket to")
            ])
        }
    }

    /// Where releases lie now, `current` leads to what serves, for the next start.
    private func moveLayout() {
        let before = layout.currentLink
        layout = ReleaseLayout(configuration)
        guard layout.currentLink != before, let serving = machine.generation(machine.serving) else { return }
        do { try layout.moveCurrent(to: serving.plan.path) } catch {
            log("reload: \(layout.currentLink) cannot be created: \(error); the next deploy creates it", .warning)
        }
    }
}
