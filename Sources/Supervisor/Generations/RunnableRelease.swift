internal import DeployCore
internal import Handoff
internal import Linux

/// A release with everything that is needed to start, probe and drain a worker of it: decided once, when its deploy was
/// asked for, and kept in the state file, so that a respawn never depends on what happens to lie on disk by then.
struct RunnableRelease: Codable, Equatable, Sendable {
    /// The release's directory, absolute and without links.
    var path: String
    /// Which directory that was; nil: it could not be told, or was written down before anybody asked.
    let identity: DirectoryIdentity?
    /// The name that users see.
    let label: String
    /// What the person said who deployed it; nil: nothing.
    var message: String?
    /// The order for a worker, but for what differs from worker to worker.
    var order: LaunchOrder
    /// The way of passing sockets, beside `LISTEN_FDS`; nil in a state file of before there was a choice.
    let inherit: SocketProtocol?
    /// The number of the signal that asks a worker to finish, if it reads no messages.
    let drainSignal: Int32
    /// The path and query of a probe.
    let healthPath: String
    /// The probe's Host field; nil: the listener's address.
    let healthHost: String?
    /// Limits of the generation as a whole, by key; nil: none, or from before there were any.
    let groupLimits: [String: UInt64]?
    let healthStatus: [ClosedRange<Int>]
    /// The names of the listeners of its generation, in the order of its workers' descriptors; nil: not known, and those
    /// of the configuration.
    var listeners: [String]?
    /// The addresses at which these are bound, in the same order; nil: as an earlier version left it, not known.
    var places: [String]?
    /// Those of them that speak TLS; nil: none, or from before any could.
    var secure: [String]?
    /// Its web workers send everybody to https; nil: they do not.
    let isSecureOnly: Bool?
    /// The names of its sites in the order in which its web workers count them: first that of all other hosts. Nil: it has one site, or
    /// this is from before they were counted.
    let sites: [String]?
    /// The kinds of processes that its generation has beside the web workers; nil: none, or from before there were any.
    var processes: [RunnableProcess]?
    /// The orders for its hooks, by the raw value of their kind.
    var hooks: [String: LaunchOrder]
    /// Nil without a test, also in a state file of before there were any.
    let test: Test?

    struct Test: Codable, Equatable, Sendable {
        let command: LaunchOrder
        /// In microseconds.
        let timeout: Int
    }

    /// Looks up the user and the groups. The names were checked when the release was resolved; they may have gone since.
    init(_ resolved: ResolvedRelease) throws(SystemError) {
        path = resolved.path
        identity = DirectoryIdentity(at: resolved.path)
        label = resolved.label
        order = LaunchOrder(
            executable: resolved.executable, arguments: resolved.arguments,
            environment: resolved.environment.map { "\($0.key)=\($0.value)" }.sorted(),
            directory: resolved.workingDirectory,
            account: try Self.account(user: resolved.user, group: resolved.group), umask: resolved.umask,
            limits: resolved.limits.launchLimits, replaceable: resolved.replaceable)
        var hooks: [String: LaunchOrder] = [:]
        for (kind, hook) in resolved.hooks { hooks[kind.rawValue] = try Self.order(hook, of: resolved) }
        self.hooks = hooks
        if let hook = resolved.test, let timeout = resolved.manifest.watch.test?.timeout {
            test = Test(command: try Self.order(hook, of: resolved), timeout: Int(timeout.microseconds))
        } else {
            test = nil
        }
        let likeWorkers = order
        processes = resolved.processes.map { RunnableProcess($0, like: likeWorkers) }
        groupLimits = resolved.limits.generation.launchLimits
        let manifest = resolved.manifest
        inherit = manifest.inherit
        drainSignal = manifest.drain.signal.rawValue
        healthPath = manifest.health.path ?? Defaults.healthPath
        let hosts = (manifest.web?.hosts ?? []) + (manifest.web?.sites.flatMap(\.hosts) ?? [])
        healthHost = manifest.health.host ?? hosts.first { !$0.hasPrefix("*") }
        healthStatus = manifest.health.status.ranges
        sites = manifest.web?.siteNames
        isSecureOnly = manifest.web?.https?.isOnly == true ? true : nil
    }

    private static func order(_ hook: ResolvedHook, of release: ResolvedRelease) throws(SystemError) -> LaunchOrder {
        LaunchOrder(
            executable: hook.executable, arguments: hook.arguments,
            environment: hook.environment.map { "\($0.key)=\($0.value)" }.sorted(),
            directory: release.workingDirectory, account: try account(user: hook.user, group: hook.group),
            umask: release.umask, limits: release.limits.launchLimits, replaceable: release.replaceable)
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

    /// The way in which a worker in this place gets its sockets.
    func inherit(_ slot: Slot) -> SocketProtocol {
        slot.process.flatMap { process($0)?.inherit } ?? inherit ?? .listenFds
    }

    /// The signal that asks a worker in this place to finish, if it reads no messages.
    func drainSignal(_ slot: Slot) -> Signal {
        Signal(rawValue: slot.process.flatMap { process($0)?.drainSignal } ?? drainSignal)
    }

    /// A probe of it over a listener.
    func probeRequest(over listener: ListenerSetting) -> ProbeRequest {
        let address = listener.address
        let host = healthHost ?? (address.family == .unix ? "localhost" : address.description)
        let isSecure = speaksTLS(at: listener)
        // Where everybody is sent to https the probe is, too.
        let redirect = isSecureOnly == true && !isSecure ? [308...308] : []
        return ProbeRequest(
            path: healthPath, host: host, status: StatusSet(healthStatus + redirect), isSecure: isSecure,
            serverName: healthHost)
    }

    /// Whether its workers speak TLS at a listener.
    func speaksTLS(at listener: ListenerSetting) -> Bool { secure?.contains(listener.name) == true }

    /// The order to start one worker, of whatever kind.
    func order(
        for worker: WorkerProcess, sockets: [SocketProtocol.InheritedSocket], directory: StateDirectory,
        watchdog: Duration?
    ) -> LaunchOrder {
        let layout = WorkerSpawn.Layout(lanes: sockets.count)
        let process = worker.slot.process.flatMap { self.process($0) }
        let addresses = ProcessAddresses(all: addresses(in: worker.generation, directory), own: process)
        let recipient = SocketProtocol.Recipient(
            generation: worker.generation.rawValue, slot: worker.slot.number, master: ThisProcess.pid,
            acknowledgeSocket: directory.acknowledgeSocket(of: worker.number))
        var own = process?.order ?? order
        own.arguments = own.arguments.map {
            SocketArguments.substitute(DescriptorArguments.substitute($0, sockets), addresses.words)
        }
        if !sockets.isEmpty {
            own.set([
                (Variable.listenCount, "\(sockets.count)"),
                (Variable.listenNames, sockets.map(\.name).joined(separator: ":")),
            ])
        }
        own.set([
            (Variable.notifySocket, directory.notifySocket(of: worker.number)),
            (Variable.control, "\(layout.control)"),
            (Variable.scoreboard, "\(layout.scoreboard)"),
            (Variable.release, path),
            (Variable.generation, "\(worker.generation)"),
            (Variable.worker, "\(worker.slot.number)"),
            (Variable.process, worker.slot.process ?? Manifest.Process.web),
        ])
        own.set(addresses.variables)
        if let watchdog { own.set([(Variable.watchdog, "\(watchdog.microseconds)")]) }
        if worker.hasHandover { own.set([(Variable.handover, "\(layout.handover)")]) }
        if worker.bundle != nil, let secure {
            own.set([(Variable.tls, "\(layout.tls)"), (Variable.tlsListeners, secure.joined(separator: ":"))])
        }
        if !sockets.isEmpty { own.set(inherit(worker.slot).variables(sockets, for: recipient)) }
        return own
    }

    /// The order for a run of a kind that has a schedule.
    ///
    /// - Parameter due: the moment for which it is started, in seconds since 1970.
    func order(
        forRunOf process: RunnableProcess, in generation: GenerationNumber, due: Int, _ directory: StateDirectory
    ) -> LaunchOrder {
        let addresses = ProcessAddresses(all: addresses(in: generation, directory), own: process)
        var own = process.order
        own.arguments = own.arguments.map { SocketArguments.substitute($0, addresses.words) }
        own.set([
            (Variable.release, path), (Variable.generation, "\(generation)"), (Variable.process, process.name),
            (Variable.due, WallClock.text(.seconds(due))),
        ])
        own.set(addresses.variables)
        own.mark = directory.runMark(process.name)
        return own
    }

    private typealias Variable = Handoff.WorkerEnvironment
}

extension RunnableRelease {
    var executables: [String] { ([order] + (processes ?? []).map(\.order)).map(\.executable) }

    /// Every path that its programs are started with: they may lie in another release than this one.
    var programs: [String] {
        let orders = [order] + (processes ?? []).map(\.order) + hooks.values + (test.map { [$0.command] } ?? [])
        return orders.flatMap { [$0.executable, $0.directory] + $0.arguments.filter { $0.hasPrefix("/") } }
    }
}

extension GroupLimit.Values {
    /// The limits by their words, nil when there are none.
    var launchLimits: [String: UInt64]? {
        let limits = filter { $0.value != ResourceLimit.unlimited }.map { ($0.key.rawValue, $0.value) }
        return limits.isEmpty ? nil : [String: UInt64](uniqueKeysWithValues: limits)
    }
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
