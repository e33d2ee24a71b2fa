internal import DeployCore
internal import Linux

// What people ask for over the control socket.
extension Master {
    func take(_ input: ControlInput) {
        switch input {
        case .gone(let client):
            requests.forget(client)
            attention.waiting.removeAll { $0 == client }
            abandonUpgrade(of: client)
        case .request(let received): carryOut(received)
        case .abandoned(let received):
            log(
                "process \(received.peer.pid) asked for `\(received.command.verb.rawValue)`, and had left before it was read: "
                    + "nothing was done")
        }
    }

    private func carryOut(_ received: ControlRequestReceived) {
        let client = received.client
        if received.position > 1 && received.command != .cancel { return }
        switch received.command {
        case .status: tellStatus(to: client)
        case .version: send(.version(VersionEvent(deployd: Version.current, pid: Int(ThisProcess.pid))), to: client)
        case .deploy(let reference, let terms):
            let path = locate(reference)
            guard may(received, deploy: path) else { return }
            deploy(path, .deploy, .deploy, terms, received)
        case .rollback(let reference, let terms, let force): rollBack(reference, terms, force: force, received)
        case .restart(let terms):
            guard let serving = machine.generation(machine.serving) else {
                return refuse(
                    client, "nothing serves, so there is nothing to restart; `deployd deploy RELEASE` starts one")
            }
            deploy(serving.plan.path, .restart, .restart, terms, received)
        case .promote: order(received, .promote) { .promote($0) }
        case .abort: feed(.abort(register(received, .abort)))
        case .scale(let count): order(received, .scale) { .scale($0, workers: count) }
        case .stop(let now):
            feed(.stop(register(received, .stop), now: now))
            for line in now ? [] : waitedFor { send(.note(line), to: client) }
        case .upgrade(let program, let terms):
            let who = HistoryRecord.Who(uid: received.peer.uid, pid: received.peer.pid)
            upgrade(to: program, terms, by: who, client: client)
        case .reload: reload(by: HistoryRecord.Who(uid: received.peer.uid, pid: received.peer.pid), client: client)
        case .cancel: cancel(received)
        }
    }

    /// Carries out what the next master must know of: it is refused where that cannot be written down. (A deploy has gates
    /// of its own.)
    private func order(_ received: ControlRequestReceived, _ verb: ControlVerb, _ event: (RequestNumber) -> Event) {
        let request = register(received, verb)
        guard let failure = feedIfSaved(event(request)) else { return }
        requests.remove(request)
        refuse(
            received.client,
            "the state cannot be written, and a master that is started after a kill would not know of it: \(failure); make "
                + "room or repair the directory, then try again")
    }

    private func cancel(_ received: ControlRequestReceived) {
        guard received.position > 1 else { return feed(.cancel(register(received, .cancel), deploy: nil)) }
        // On the deploy's own connection its outcome is the answer.
        if let deploy = requests.deploy(of: received.client) { feed(.cancel(nil, deploy: deploy)) }
    }

    private func rollBack(
        _ reference: ReleaseReference?, _ terms: DeployTerms, force: Bool, _ received: ControlRequestReceived
    ) {
        if reference == nil, let deployment = machine.deployment, deployment.canUndo {
            return feed(.undo(register(received, .rollback), force: force))
        }
        if let serving = machine.generation(machine.serving), serving.plan.overrides.neverGoesBack, !force {
            return refuse(received.client, Refusal.goesBackNever(label: serving.plan.label).description)
        }
        if let reference {
            let path = locate(reference)
            guard may(received, deploy: path) else { return }
            return deploy(path, .rollback, .rollback, terms, received)
        }
        let current = machine.generation(machine.serving)?.plan.path ?? ""
        guard let release = history.lastGood(before: current, isUsable: { Files.kind($0) == .directory }) else {
            return refuse(received.client, nothingToGoBackTo(from: current))
        }
        deploy(release, .rollback, .rollback, terms, received)
    }

    /// Whether the client may deploy what lies at a path; says so when he may not. A member of `controlGroup` is held to the
    /// releases' directory and to what was deployed before: a release names programs, and who they run as.
    private func may(_ received: ControlRequestReceived, deploy path: String) -> Bool {
        guard received.peer.uid != 0, received.peer.uid != ThisProcess.uid else { return true }
        let real = (try? Files.realPath(path)) ?? path
        if Paths.parent(real) == layout.releasesDirectory || history.committedReleases.contains(real) { return true }
        refuse(
            received.client,
            "\(path) is outside of \(layout.releasesDirectory), from which members of controlGroup may deploy; root and "
                + "the master's user may deploy from anywhere")
        return false
    }

    /// Where a rollback looked, and what became of what was there.
    private func nothingToGoBackTo(from current: String) -> String {
        let former = history.committedReleases.reversed().filter { $0 != current }.uniqued()
        guard !former.isEmpty else {
            return "the history has no release before the present one; `deployd rollback RELEASE` deploys any"
        }
        let fates = former.prefix(5).map { release in
            history.removal(of: release).map { "\(release) (pruned \($0.time))" } ?? release
        }
        return "none of the releases that were committed before the present one is still there: "
            + "looked for \(fates.joined(separator: ", ")); `deployd rollback RELEASE` deploys any"
    }

    /// That a release which is not there was removed by us.
    private func removalNote(_ path: String) -> [String] {
        // A bare name that is nowhere was taken for one in the client's directory.
        let places = [path, Paths.join(layout.releasesDirectory, Paths.name(path))]
        guard Files.kind(path) == nil, let record = places.compactMap({ history.removal(of: $0) }).first else {
            return []
        }
        return ["it was pruned \(record.time): `keep` in deployd.json says how many releases are kept"]
    }

    private func locate(_ reference: ReleaseReference) -> String {
        switch reference {
        case .path(let path): path
        case .name(let name): layout.locate(name, from: layout.releasesDirectory)
        }
    }

    private func deploy(
        _ path: String, _ kind: DeployKind, _ verb: ControlVerb, _ terms: DeployTerms,
        _ received: ControlRequestReceived
    ) {
        // Before anything is read: a release under way may be half of what it will be.
        if let deployment = machine.deployment, !deployment.isBrief, !terms.wait {
            let request = register(received, verb)
            return finish(request, .refused(.busy(deployment.generation)))
        }
        send(.step(StepEvent(.checking, .started)), to: received.client)
        let begun = Self.now()
        var prepared: PreparedRelease
        do {
            prepared = try prepare(path)
            // Back, or the same again, is for all users at once.
            prepared.plan.canary = kind == .deploy ? try canary(prepared, terms) : []
        } catch {
            send(.step(StepEvent(.checking, .failed)), to: received.client)
            return refuse(received.client, ([error.description] + removalNote(path)).joined(separator: "\n"))
        }
        let took = (Self.now() - begun).inMilliseconds
        send(.step(StepEvent(.checking, .finished, milliseconds: took)), to: received.client)
        for warning in prepared.warnings {
            log(warning, .warning)
            send(.note(warning), to: received.client)
        }
        let request = register(received, verb, prepared.runnable, deadline: terms.timeout.map { begun + $0 })
        feed(.deploy(request, prepared.plan, kind, wait: terms.wait))
    }

    /// Reads and checks a release; the error has a line for each thing that is wrong.
    func prepare(_ path: String) throws(ProblemsFound) -> PreparedRelease {
        let resolver = ReleaseResolver(configuration: configuration, surroundings: surroundings)
        let examination = resolver.examine(path)
        guard let resolved = examination.release else { throw ProblemsFound(examination.problems) }
        let access = AccessCheck.findings(resolved, configuration: configuration, surroundings: surroundings)
        let problems =
            access.problems
            + LimitCheck.problems(resolved, configuration, surroundings, master: ThisProcess.pid)
            + [groups.problem(with: resolved, configurationFile: configuration.shownFile(surroundings))].compactMap {
                $0
            }
        guard problems.isEmpty else { throw ProblemsFound(problems) }
        do {
            return PreparedRelease(
                runnable: try RunnableRelease(resolved),
                plan: ReleasePlan(resolved, configuration: configuration, cores: surroundings.cores),
                warnings: examination.warnings + access.warnings)
        } catch {
            throw ProblemsFound([
                Problem(
                    file: path, keyPath: "user", found: "\(error.subject): \(error.errno)",
                    expected: "a user of this machine")
            ])
        }
    }

    private func register(
        _ received: ControlRequestReceived, _ verb: ControlVerb, _ release: RunnableRelease? = nil,
        deadline: Instant? = nil
    ) -> RequestNumber {
        requests.add(
            RequestDesk.Pending(
                client: received.client,
                who: HistoryRecord.Who(uid: received.peer.uid, pid: received.peer.pid), verb: verb, askedAt: Self.now(),
                release: release, deadline: deadline))
    }

    private func refuse(_ client: ControlClientID, _ reason: String) {
        send(.done(DoneEvent(.refused, message: reason, serving: servingReport)), to: client)
    }

    func send(_ event: ControlEvent, to client: ControlClientID?) {
        guard let client else { return }
        control.send(event, to: client, on: loop.epoll, at: MonotonicClock.now())
    }

    /// Cancels the deploys whose client wanted the cut-over by now.
    func expireRequests(at now: Instant) {
        for request in requests.overdue(at: now) { feed(.cancel(nil, deploy: request)) }
    }

    /// What serves now, for a client.
    var servingReport: ServingReport? {
        guard machine.phase == .running else { return nil }
        return machine.generation(machine.serving).map {
            ServingReport(generation: $0.number.rawValue, release: $0.plan.label)
        }
    }
}

extension Duration {
    /// Milliseconds, with their fraction.
    var inMilliseconds: Double { Double(microseconds) / 1000 }
}

/// A release that was checked: for the loop, and for the machine.
struct PreparedRelease {
    /// How its workers are started.
    let runnable: RunnableRelease
    /// What the machine must know of it.
    var plan: ReleasePlan
    /// What stands in nobody's way, and may yet surprise: a line each.
    var warnings: [String]
}
