internal import Handoff
internal import Linux

/// A release with everything that is needed to start a worker of it, decided once, when its deploy was asked for.
struct RunnableRelease: Sendable {
    /// The release as it was then.
    let resolved: ResolvedRelease
    /// Whom its workers become; nil: they stay who the master is.
    let account: LaunchOrder.Account?

    /// Looks up the user and the groups. The names were checked when the release was resolved; they may have gone since.
    init(_ resolved: ResolvedRelease) throws(SystemError) {
        self.resolved = resolved
        account = try Self.account(user: resolved.user, group: resolved.group)
    }

    private static func account(user: String?, group: String?) throws(SystemError) -> LaunchOrder.Account? {
        let groupID = group.flatMap { GroupAccount.find($0) }
        guard let user else {
            return groupID.map { LaunchOrder.Account(uid: ThisProcess.uid, gid: $0, groups: [$0]) }
        }
        guard let found = UserAccount.find(user) else {
            throw SystemError(call: "getpwnam", errno: .notFound, subject: user)
        }
        let gid = groupID ?? found.gid
        // Who is the user already can have no other groups set, and needs none.
        if found.uid == ThisProcess.uid && gid == ThisProcess.gid && found.uid != 0 { return nil }
        return LaunchOrder.Account(uid: found.uid, gid: gid, groups: ([gid] + found.groups()).uniqued())
    }

    /// A probe of it over a listener.
    func probeRequest(over listener: SocketAddress) -> ProbeRequest {
        let health = resolved.manifest.health
        let host = health.host ?? (listener.family == .unix ? "localhost" : listener.description)
        return ProbeRequest(path: health.path ?? Defaults.healthPath, host: host, status: health.status)
    }

    /// What the launch step is told to start one worker.
    func order(for worker: WorkerProcess, listeners: [String], directory: StateDirectory) -> LaunchOrder {
        let layout = WorkerSpawn.Layout(lanes: listeners.count)
        var environment = resolved.environment
        environment[Variable.listenCount] = "\(listeners.count)"
        environment[Variable.listenNames] = listeners.joined(separator: ":")
        environment[Variable.notifySocket] = directory.notifySocket(of: worker.number)
        environment[Variable.control] = "\(layout.control)"
        environment[Variable.scoreboard] = "\(layout.scoreboard)"
        environment[Variable.release] = resolved.path
        environment[Variable.generation] = "\(worker.generation)"
        environment[Variable.worker] = "\(worker.slot)"
        return LaunchOrder(
            executable: resolved.executable, arguments: resolved.arguments,
            environment: environment.map { "\($0.key)=\($0.value)" }.sorted(), directory: resolved.workingDirectory,
            account: account, umask: resolved.umask, limits: resolved.limits.launchLimits)
    }

    private typealias Variable = Handoff.WorkerEnvironment
}

extension ResourceLimits {
    /// The limits as the launch step takes them.
    var launchLimits: [LaunchOrder.Limit] {
        values.map { LaunchOrder.Limit(resource: $0.key.rawValue, value: $0.value) }.sorted {
            $0.resource < $1.resource
        }
    }
}

extension Array where Element: Hashable {
    /// Each element once, in the order of its first place.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
