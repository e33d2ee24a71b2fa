internal import Linux

// `deployd reload` and SIGHUP: the master goes by what `deployd.json` says now.
extension Master {
    /// Reads the configuration anew and goes by it; with any mistake in it nothing changes.
    func reload(client: ControlClientID?) {
        let askedAt = Self.now()
        let (outcome, message) = reloaded()
        for line in message.split(separator: "\n") { log("reload: \(outcome.rawValue): \(line)") }
        send(
            .done(
                DoneEvent(
                    outcome, message: message, serving: servingReport,
                    milliseconds: (Self.now() - askedAt).inMilliseconds)), to: client)
    }

    /// Does it; the outcome, with a line for each change, or for each thing that stands in the way.
    private func reloaded() -> (ControlOutcome, String) {
        guard machine.phase == .running else { return (.refused, Refusal.stopping.description) }
        manager.announceReload()
        do {
            let reload = try Reload(
                of: configuration, serving: machine.generation(machine.serving)?.plan.path, surroundings)
            try apply(reload)
            guard !reload.changes.isEmpty else { return (.completed, "nothing has changed in \(shownFile)") }
            return (.completed, (reload.changes.map(\.description) + hints(reload)).joined(separator: "\n"))
        } catch {
            return (.refused, error.description)
        }
    }

    /// What keeps a change from being seen.
    private func hints(_ reload: Reload) -> [String] {
        guard let count = machine.scaledWorkers, reload.changes.contains(where: { $0.key == "workers" }) else {
            return []
        }
        return ["note: `deployd scale` has asked for \(count) workers, and that holds until the master is started anew"]
    }

    private var shownFile: String { configuration.file ?? "the configuration: there is no file" }

    /// What can fail comes first.
    private func apply(_ reload: Reload) throws(ProblemsFound) {
        let new = reload.configuration
        if new.controlGroup != configuration.controlGroup { try openControl(to: new.controlGroup) }
        configuration = new
        logs.limit = new.policies.logLimitBytes
        moveLayout()
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
            log("reload: \(layout.currentLink) cannot be made: \(error); the next deploy makes it")
        }
    }
}
