internal import DeployCore
internal import Linux

/// Sockets of an earlier master that only its workers still hold, since its keeper was killed with it.
///
/// A worker's lane is the very socket that the master had, so the next master can have it from the worker. Source:
/// pidfd_getfd(2), which wants the right to trace the process: ptrace(2).
struct WorkerSockets {
    /// The sockets that were found, by their names in the keeper.
    private(set) var found: [(name: String, socket: Socket.Box)] = []
    /// Why a process could not be asked, when a lane was not found for that reason; nil: it can be gone on.
    private(set) var refusal: SystemError?

    /// Looks through what the survivors hold: each for its own, since the lanes of all generations have one address.
    ///
    /// - Parameter kept: the names of those that are in our hands already.
    init(_ previous: PreviousMaster, _ directory: StateDirectory, besides kept: Set<String>) {
        var names = kept
        var lanes: Set<String> = []
        let closing = previous.saved.maintenance.map { [(generation: GenerationNumber.maintenance, worker: $0.worker)] }
        for (generation, worker) in previous.survivors + (closing ?? []) {
            guard let identity = worker.process else { continue }
            let own = previous.saved.sockets(of: worker.slot, in: generation, directory)
            // Without a lane nobody can go on; what else is missing is made anew.
            lanes.formUnion(own.filter(\.isLane).map(\.name))
            if own.allSatisfy({ names.contains($0.name) }) { continue }
            // A server may leave its sockets to its children.
            for pid in Sessions.members(of: identity.pid, startedAt: identity.startTime) {
                do {
                    let more = try Self.sockets(of: pid, own.filter { !names.contains($0.name) })
                    names.formUnion(more.map(\.name))
                    found += more
                } catch {
                    if error.errno != .noSuchProcess, error.errno != .notFound { refusal = error }
                }
            }
        }
        if lanes.isSubset(of: names) { refusal = nil }
    }

    private static func sockets(
        of pid: Int32, _ wanted: [SavedState.HeldSocket]
    ) throws(SystemError) -> [(name: String, socket: Socket.Box)] {
        let process = try ProcessDescriptor(pid: pid)
        let directory = "/proc/\(pid)/fd"
        var found: [(name: String, socket: Socket.Box)] = []
        for number in try Files.list(directory).compactMap({ CInt($0) }).sorted() {
            guard (try? Files.readLink("\(directory)/\(number)"))?.hasPrefix("socket:") == true,
                let socket = try socket(number, of: process),
                let name = name(of: socket, among: wanted.filter { own in !found.contains { $0.name == own.name } })
            else { continue }
            found.append((name, Socket.Box(socket)))
        }
        return found
    }

    /// A process's socket; nil when it was closed since.
    private static func socket(
        _ number: CInt, of process: borrowing ProcessDescriptor
    ) throws(SystemError) -> Socket? {
        do { return Socket(adopting: try process.takeDescriptor(number)) } catch {
            if error.errno == .badDescriptor { return nil }
            throw error
        }
    }

    private static func name(of socket: borrowing Socket, among wanted: [SavedState.HeldSocket]) -> String? {
        guard let address = socket.localAddressUnlessHeld() else { return nil }
        return wanted.first { own in address.isWhatIsMeant(by: own.address) && isMeant(socket, own, at: address) }?.name
    }

    /// Whether a socket of a worker that has the right address is the one that deployd opened: an accepted connection has the
    /// same address, a worker may have a UDP socket there, and another one in a network of its own.
    static func isMeant(
        _ socket: borrowing Socket, _ own: SavedState.HeldSocket, at address: SocketAddress
    ) -> Bool {
        guard own.listens else { return (try? socket.isStream()) == false }
        guard (try? socket.isStream()) == true, (try? socket.isListening()) == true else { return false }
        guard address.port != nil else { return true }
        guard (try? socket.isTCP()) == true else { return false }
        guard let inodes = ListenerRoll.inodes(at: address) else { return true }
        return (try? socket.descriptor.status()).map { inodes.contains($0.inode) } ?? false
    }

    /// Why no master can begin while these survivors live, which have the addresses; nil when one can.
    func problem(_ previous: PreviousMaster, _ directory: StateDirectory) -> Problem? {
        guard let refusal else { return nil }
        let pids = previous.survivors.compactMap { $0.worker.process?.pid }.map { "\($0)" }.joined(separator: " ")
        return Problem(
            file: directory.root,
            found: "workers of an earlier master (pid \(pids)), whose sockets cannot be taken over: \(refusal)",
            expected: "that they may be traced: by root, or with kernel.yama.ptrace_scope = 0",
            advice: "they serve on; start as root, or end them first: kill \(pids)")
    }
}

extension SavedState {
    /// A socket that the processes of a generation hold.
    struct HeldSocket {
        let name: String
        let address: SocketAddress
        var isLane = false
        /// A stream socket that listens, and not one for datagrams.
        var listens = true
    }

    /// The sockets that a worker of a generation holds: web workers the lanes and the hand-over socket, others their kind's.
    func sockets(of slot: Slot, in generation: GenerationNumber, _ directory: StateDirectory) -> [HeldSocket] {
        if let process = slot.process {
            guard releases[generation]?.process(process)?.socket == .listen,
                let path = directory.processSocket(process, of: generation, .listen)
            else { return [] }
            return [HeldSocket(name: ProcessSockets.keptName(process, generation), address: .unix(path: path))]
        }
        var all: [HeldSocket] = []
        for listener in listeners {
            guard let (number, own) = lane(of: generation, listener) else { continue }
            all.append(HeldSocket(name: LaneName.make(listener.name, number), address: own, isLane: true))
        }
        all.append(
            HeldSocket(
                name: LaneName.make(HandoverSockets.keptName, generation.rawValue),
                address: .unix(path: directory.handoverSocket(of: generation)), listens: false))
        return all
    }

    /// A generation's lane of a listener: its number, and where it is bound.
    private func lane(of generation: GenerationNumber, _ listener: SavedListener) -> (Int, SocketAddress)? {
        let address = listener.address
        if let pool = listener.pool { return pool.lane(of: generation).map { ($0.rawValue, address) } }
        let setting = ListenerSetting(name: listener.name, address: address)
        guard placedReleases[generation]?.has(setting) ?? true else { return nil }
        guard case .unix(let path) = address else {
            // All generations share it, and any number will do.
            return (1, address)
        }
        return (generation.rawValue, .unix(path: RenamedListener.name(path, generation)))
    }
}
