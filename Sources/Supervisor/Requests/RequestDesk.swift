internal import DeployCore
internal import Linux

/// An action for somebody who asks over the control socket, beyond what can be answered at once.
enum Asked {
    case event(Event)
    case answer(RequestNumber, Outcome)
    /// An event that the next master must know of: it is refused if it cannot be written down. (A deploy has gates of
    /// its own.)
    case order(Event, RequestNumber)
    case stop(RequestNumber, now: Bool)
    case upgrade(to: String?, DeployTerms, by: HistoryRecord.Who, ControlClientID)
    case reload(by: HistoryRecord.Who, ControlClientID)
    /// Without terms it is to be off.
    case maintenance(MaintenanceTerms?, by: HistoryRecord.Who, ControlClientID)
    /// A client has gone; who else waits for its sake need not.
    case left(ControlClientID)
}

/// Takes in what people ask for over the control socket: refuses what makes no sense, and finds what it is about.
final class RequestDesk {
    private unowned let master: any MasterView
    private let requests: Requests
    private let clients: Clients
    private let status: StatusBoard
    private let settings: CurrentSettings
    private let records: DeployRecords
    private let listeners: ListenerSet
    private let groups: GenerationGroups
    private let log: MasterLog

    init(
        _ master: any MasterView, _ requests: Requests, _ clients: Clients, _ status: StatusBoard,
        _ settings: CurrentSettings, _ records: DeployRecords, _ listeners: ListenerSet, _ groups: GenerationGroups,
        _ log: MasterLog
    ) {
        self.master = master
        self.requests = requests
        self.clients = clients
        self.status = status
        self.settings = settings
        self.records = records
        self.listeners = listeners
        self.groups = groups
        self.log = log
    }

    private var machine: Machine { master.machine }
    private var history: History { records.history }
    private var layout: ReleaseLayout { settings.layout }

    /// - Returns: what is to be done; nil: it is done.
    func take(_ input: ControlInput) -> Asked? {
        switch input {
        case .gone(let client):
            requests.forget(client)
            status.forget(client)
            return .left(client)
        case .request(let received):
            if received.position > 1 { return received.command == .cancel ? cancelDeploy(of: received.client) : nil }
            return take(received)
        case .abandoned(let received):
            log(
                "process \(received.peer.pid) asked for `\(received.command.verb.rawValue)`, and had left before it was read: "
                    + "nothing was done")
            return nil
        }
    }

    private func take(_ received: ControlRequestReceived) -> Asked? {
        let client = received.client
        switch received.command {
        case .status: status.tell(client)
        case .version:
            clients.send(.version(VersionEvent(deployd: Version.current, pid: Int(ThisProcess.pid))), to: client)
        case .deploy(let reference, let terms): return deploy(reference, .deploy, terms, received)
        case .rollback(let reference, let terms, let force):
            return rollBack(reference, terms, force: force, received)
        case .restart(let terms):
            guard let serving = machine.generation(machine.serving) else {
                refuse(client, "nothing serves, so there is nothing to restart; `deployd deploy RELEASE` starts one")
                return nil
            }
            return deploy(serving.plan.path, .restart, terms, received)
        case .promote:
            let request = register(received, .promote)
            return .order(.promote(request), request)
        case .abort: return .event(.abort(register(received, .abort)))
        case .scale(let count):
            let request = register(received, .scale)
            return .order(.scale(request, workers: count), request)
        case .stop(let now): return .stop(register(received, .stop), now: now)
        case .upgrade(let program, let terms): return .upgrade(to: program, terms, by: .init(received.peer), client)
        case .reload: return .reload(by: .init(received.peer), client)
        case .maintenance(let terms): return .maintenance(terms, by: .init(received.peer), client)
        case .cancel: return .event(.cancel(register(received, .cancel), deploy: nil))
        }
        return nil
    }

    /// On the deploy's own connection its outcome is the answer.
    private func cancelDeploy(of client: ControlClientID) -> Asked? {
        requests.deploy(of: client).map { .event(.cancel(nil, deploy: $0)) }
    }

    /// Tells that a request was not carried out, since its result cannot be written down.
    func refuse(_ request: RequestNumber, unsaved failure: SystemError) {
        let client = requests[request]?.client
        requests.remove(request)
        refuse(
            client,
            "the state cannot be written, and a master that is started after a kill would not know of it: \(failure); make "
                + "room or repair the directory, then try again")
    }

    private func rollBack(
        _ reference: ReleaseReference?, _ terms: DeployTerms, force: Bool, _ received: ControlRequestReceived
    ) -> Asked? {
        if reference == nil, let deployment = machine.deployment, deployment.canUndo {
            if terms.message != nil {
                clients.send(
                    .note("the message is not kept: this ends the deploy that is watched, and has no entry of its own"),
                    to: received.client)
            }
            return .event(.undo(register(received, .rollback), force: force))
        }
        let serving = machine.generation(machine.serving)
        if let serving, serving.plan.overrides.neverGoesBack, !force {
            refuse(received.client, Refusal.goesBackNever(label: serving.plan.label).description)
            return nil
        }
        if let reference { return deploy(reference, .rollback, terms, received) }
        let current = serving?.plan.path ?? ""
        guard let release = history.lastGood(before: current, isUsable: { Files.kind($0) == .directory }) else {
            refuse(received.client, nothingToGoBackTo(from: current))
            return nil
        }
        return deploy(release, .rollback, terms, received)
    }

    /// Deploys what the client names.
    private func deploy(
        _ reference: ReleaseReference, _ kind: DeployKind, _ terms: DeployTerms, _ received: ControlRequestReceived
    ) -> Asked? {
        let path = locate(reference)
        return may(received, deploy: path) ? deploy(path, kind, terms, received) : nil
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

    /// The reason why there is nothing to roll back to: every release that was looked at, with its fate.
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
        _ path: String, _ kind: DeployKind, _ terms: DeployTerms, _ received: ControlRequestReceived
    ) -> Asked? {
        // Before anything is read: a release under way may be half of what it will be.
        if let deployment = machine.deployment, !deployment.isBrief, !terms.wait {
            let request = register(received, kind.verb)
            return .answer(request, .refused(.busy(deployment.generation)))
        }
        clients.send(.step(StepEvent(.checking, .started)), to: received.client)
        let begun = EventLoop.now()
        var prepared: PreparedRelease
        do {
            prepared = try PreparedRelease(at: path, settings, groups)
            // Back, or the same again, is for all users at once.
            prepared.plan.canary = kind == .deploy ? try prepared.canary(terms, listeners) : []
        } catch {
            clients.send(.step(StepEvent(.checking, .failed)), to: received.client)
            refuse(received.client, ([error.description] + removalNote(path)).joined(separator: "\n"))
            return nil
        }
        let took = (EventLoop.now() - begun).inMilliseconds
        clients.send(.step(StepEvent(.checking, .finished, milliseconds: took)), to: received.client)
        for warning in prepared.warnings + (settings.ofFile.map { ["\($0.what); \($0.advice)"] } ?? []) {
            log(warning, .warning)
            clients.send(.note(warning), to: received.client)
        }
        prepared.runnable.message = terms.message
        let request = register(received, kind.verb, prepared.runnable, deadline: terms.timeout.map { begun + $0 })
        return .event(.deploy(request, prepared.plan, kind, wait: terms.wait))
    }

    private func register(
        _ received: ControlRequestReceived, _ verb: ControlVerb, _ release: RunnableRelease? = nil,
        deadline: Instant? = nil
    ) -> RequestNumber {
        requests.add(
            Requests.Pending(
                client: received.client,
                who: HistoryRecord.Who(received.peer), verb: verb,
                askedAt: EventLoop.now(),
                release: release, deadline: deadline))
    }

    private func refuse(_ client: ControlClientID?, _ reason: String) {
        clients.send(.done(DoneEvent(.refused, message: reason, serving: ServingReport(machine))), to: client)
    }
}

extension HistoryRecord.Who {
    fileprivate init(_ peer: ControlPeer) { self.init(uid: peer.uid, pid: peer.pid) }
}
