internal import DeployCore
internal import Handoff
internal import Linux

/// What a generation has beside its workers: its release, its control group, its lanes, the sockets of its kinds of processes,
/// its hand-over socket, its logs. It is opened before the first of its workers is started, and given up behind the last.
///
/// A part of the master: of the groups and the sockets of processes it is the owner.
final class Generations {
    let releases: GenerationReleases
    let groups: GenerationGroups
    private let sockets: ProcessSockets
    private let handovers: Handovers
    private let listeners: ListenerSet
    let certificates: Certificates
    private let logs: GenerationLogs
    private let children: Children
    private let launcher: Launcher
    private let directory: StateDirectory
    private let log: MasterLog

    init(
        _ releases: GenerationReleases, _ sockets: ProcessSockets, _ handovers: Handovers, _ listeners: ListenerSet,
        _ certificates: Certificates, _ logs: GenerationLogs, _ children: Children, _ launcher: Launcher,
        _ directory: StateDirectory, _ log: MasterLog
    ) {
        self.releases = releases
        self.sockets = sockets
        self.handovers = handovers
        self.listeners = listeners
        self.certificates = certificates
        self.logs = logs
        self.children = children
        self.launcher = launcher
        self.directory = directory
        self.log = log
        groups = GenerationGroups(directory)
    }
}

// The effects `openLanes` and `releaseLanes`.
extension Generations {
    /// Opens what a new generation needs.
    func open(_ generation: GenerationNumber) -> Event {
        let release = releases[generation]
        do { try groups.prepare(generation, release?.groupLimits) } catch {
            return .lanesFailed(generation, reason: "its control group: \(error.explained)")
        }
        do { try openSockets(of: generation) } catch {
            sockets.release(generation)
            return .lanesFailed(generation, reason: "the sockets of its processes: \(error.explained)")
        }
        do throws(LaneFailure) {
            try listeners.open(for: generation, isBlocking: release?.inherit(Slot(1)).wantsBlocking == true)
        } catch {
            sockets.release(generation)
            return .lanesFailed(
                generation, reason: "\(error.address): \(error.error.call): \(error.error.errno.explained)")
        }
        let settings = listeners.current.map(\.setting)
        releases[generation]?.listeners = settings.map(\.name)
        releases[generation]?.places = settings.map(\.address.description)
        let secure = settings.filter(\.isSecure).map(\.name)
        releases[generation]?.secure = secure.isEmpty ? nil : secure
        handovers.open(for: generation)
        return .lanesOpened(generation)
    }

    private func openSockets(of generation: GenerationNumber) throws(SystemError) {
        guard let release = releases[generation], var processes = release.processes, !processes.isEmpty else { return }
        let taken = Set(releases.all.values.flatMap { $0.processes ?? [] }.compactMap(\.port))
        try sockets.open(&processes, for: generation, owner: release.order.account?.uid, taken: taken)
        releases[generation]?.processes = processes
    }

    /// Gives up what a generation had, of which no process is left.
    ///
    /// - Parameters:
    ///   - living: the others that there are.
    ///   - serving: who takes the connections that were handed to it.
    ///   - keepsRelease: whether a command of its release is still to be run.
    func release(
        _ generation: GenerationNumber, living: Set<GenerationNumber>, serving: GenerationNumber?, keepsRelease: Bool
    ) {
        listeners.release(generation)
        handovers.release(generation, serving: serving)
        sockets.release(generation)
        removeCondemned()
        logs.close(generation)
        if !keepsRelease { releases[generation] = nil }
        groups.end(allBut: living)
        listeners.sweep()
    }

    /// Has removed what generations that are gone have left in the runtime directory.
    func removeCondemned() {
        let paths = sockets.takeCondemned()
        guard !paths.isEmpty else { return }
        do {
            let helper = try HelperProcess(
                SpawnRequest(
                    executable: "/proc/self/exe", arguments: ["deployd", RemovalStep.verb] + paths,
                    environment: ThisProcess.environment(), descriptors: [(2, 2)]))
            children.adopt(helper)
        } catch {
            log("\(paths.joined(separator: ", ")) cannot be removed: \(error)", .warning)
        }
    }
}

// What a worker gets of it.
extension Generations {
    /// The generation's lanes, in the order of its workers' descriptors.
    func lanes(of generation: GenerationNumber) -> [(listener: any Listener, lane: Lane)] {
        listeners.lanes(of: generation, releases[generation]?.listeners)
    }

    /// A worker's sockets: the lanes of its generation, or the socket of its kind, or none. Lent.
    private func inheritance(_ slot: Slot, of generation: GenerationNumber) -> [(
        socket: CInt, name: String, address: SocketAddress
    )] {
        guard let process = slot.process else {
            return lanes(of: generation).map {
                $0.lane.isLent = true
                return ($0.lane.socket.number, $0.listener.setting.name, $0.listener.setting.address)
            }
        }
        guard let number = sockets.number(of: process, in: generation),
            let address = releases[generation]?.process(process)?.address(in: generation, directory)
        else { return [] }
        return [(number, process, address)]
    }

    /// The descriptors and rights for a worker in this place.
    func spawn(_ slot: Slot, of generation: GenerationNumber, _ release: RunnableRelease) throws(SystemError)
        -> WorkerSpawn
    {
        if let process = slot.process { sockets.clear(process, in: generation) }
        return WorkerSpawn(
            directory: directory, lanes: inheritance(slot, of: generation).map(\.socket),
            log: try logs.descriptor(of: generation, process: slot.process, for: release.order.account?.gid),
            handover: slot.isWeb ? handovers.number(of: generation) : nil,
            bundle: slot.isWeb && release.secure != nil ? certificates.bundle : nil,
            owner: release.order.account?.uid, inherit: release.inherit(slot))
    }

    /// The order for a worker's launch step; nil if its release is not known.
    func order(for worker: WorkerProcess, watchdog: Duration?) -> LaunchOrder? {
        guard let release = releases[worker.generation] else { return nil }
        let inherited = inheritance(worker.slot, of: worker.generation).enumerated().map { index, inherited in
            SocketProtocol.InheritedSocket(
                name: inherited.name, address: inherited.address,
                descriptor: WorkerEnvironment.firstListener + CInt(index))
        }
        var order = release.order(for: worker, sockets: inherited, directory: directory, watchdog: watchdog)
        order.group = groups.group(of: worker.generation)?.path
        return launcher.complete(order)
    }
}

// What an earlier master left.
extension Generations {
    /// Holds the generations to their limits again, which are off while no master runs.
    func restoreGroups(of living: [GenerationNumber]) {
        for generation in living {
            do { try groups.prepare(generation, releases[generation]?.groupLimits) } catch {
                log("\(releases.name(generation)): its limits could not be set again: \(error)", .error)
            }
        }
        groups.end(allBut: Set(living))
    }

    /// The sockets that nobody has kept for this master.
    func lostSockets(of living: Set<GenerationNumber>) -> [ProcessSockets.Place] {
        releases.all.filter { living.contains($0.key) }.flatMap { generation, release in
            (release.processes ?? []).filter { $0.socket == .listen }.map {
                ProcessSockets.Place(process: $0.name, generation: generation)
            }
        }.filter { sockets.number(of: $0.process, in: $0.generation) == nil }
    }

    /// Makes a lost socket anew. Those who hold the old one hear nothing any more.
    func replaceSocket(_ place: ProcessSockets.Place) {
        guard let release = releases[place.generation], let process = release.process(place.process) else { return }
        let name = releases.name(place.generation)
        log("\(name): the socket of \(place.process) was lost, and is created again", .warning)
        var one = [process]
        do {
            try sockets.open(&one, for: place.generation, owner: release.order.account?.uid, taken: [])
        } catch { log("\(name): the socket of \(place.process): \(error)", .error) }
    }
}
