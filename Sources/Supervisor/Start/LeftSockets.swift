internal import DeployCore
internal import Linux

/// The sockets that an earlier master left: passed through an exec, kept by the keeper and systemd's store, or, when both are
/// gone, still held by its workers.
struct LeftSockets {
    let keeper: LaneKeeper
    /// Keepers of the directory that nobody can ask.
    let orphans: OrphanKeepers
    private let directory: StateDirectory
    private let passed: ExecState?
    /// What was kept, by the name that each had in the keeper's hands.
    private(set) var kept: [(name: String, socket: Socket.Box)]
    /// Those of listeners.
    private(set) var lanes: [LeftLanes] = []
    private(set) var handovers: [Int: Socket.Box] = [:]
    private(set) var processes: [String: [Int: Socket.Box]] = [:]
    /// Those of the kernel's counts, which are no sockets.
    private(set) var counts: [Int: Socket.Box] = [:]
    /// Those of the certificates, which are no sockets either.
    private(set) var bundles: [Int: Socket.Box] = [:]

    /// - Parameter passed: what this process had before it became this program; nil: it is a start.
    init(_ keeper: LaneKeeper, _ directory: StateDirectory, _ inherited: InheritedSockets, _ passed: ExecState?) {
        self.keeper = keeper
        self.directory = directory
        self.passed = passed
        kept = keeper.recover(stored: inherited.lanes)
        orphans = passed == nil ? keeper.orphans(of: directory) : OrphanKeepers()
    }

    /// Whether nobody kept the lanes while no master ran.
    private var wereLost: Bool { keeper.number == nil && passed == nil }

    /// Whether users may have entered any of the lanes meanwhile; noted in the directory, as long as no state is saved that
    /// knows it. (What only orphans hold leaves the group when they end.)
    func mayHaveStrayedUsers() -> Bool { directory.notesLostLanes(wereLost || !orphans.isEmpty) }

    /// Takes those that nobody kept from the workers that hold them.
    mutating func addThoseHeld(by previous: PreviousMaster) throws(ProblemsFound) {
        guard wereLost else { return }
        let held = WorkerSockets(previous, directory, besides: Set(kept.map(\.name)))
        if let problem = held.problem(previous, directory) { throw ProblemsFound([problem]) }
        kept += held.found
    }

    /// Sorts them by what they are for.
    mutating func sort(by saved: SavedState) {
        var sockets: [String: [Int: Socket.Box]] = [:]
        for (name, socket) in kept {
            guard let (listener, number) = LaneName.parse(name) else { continue }
            sockets[listener, default: [:]][number] = socket
        }
        // What this process had goes before what the keeper holds.
        for name in passed?.names(ExecState.Name.lane) ?? [] {
            guard let (listener, number) = LaneName.parse(name),
                let descriptor = passed?.take(ExecState.Name.lane + name)
            else { continue }
            sockets[listener, default: [:]][number] = Socket.Box(Socket(adopting: descriptor))
        }
        handovers = sockets.removeValue(forKey: HandoverSockets.keptName) ?? [:]
        counts = sockets.removeValue(forKey: KernelCounts.keptName) ?? [:]
        bundles = sockets.removeValue(forKey: CertificateBundle.keptName) ?? [:]
        processes = ProcessSockets.take(from: &sockets)
        lanes = [LeftLanes](sockets, of: saved)
    }
}
