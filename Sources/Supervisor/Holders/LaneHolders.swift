internal import DeployCore
internal import Linux

/// The processes at our addresses, as the kernel lists them: a state file may be lost, or miss a worker.
package struct LaneHolders: Equatable, Sendable {
    /// In the order of their pids; this process is not among them, nor is systemd, which holds the sockets of its units.
    package let all: [LaneHolder]
    private let addresses: [SocketAddress]
    private let directory: StateDirectory
    private let breadth: Breadth
    private let kept: Set<UInt64>
    /// The addresses that were searched.
    package var places: String { addresses.map(\.description).joined(separator: ", ") }

    /// Workers of ours, and what they have started.
    package var workers: [LaneHolder] { all.filter { $0.kind == .worker } }
    package var strangers: [LaneHolder] { all.filter { $0.kind == .stranger } }
    package var keepers: [LaneHolder] { all.filter { $0.kind == .keeper } }
    package var isEmpty: Bool { all.isEmpty }

    /// Which sockets are looked for.
    enum Breadth {
        /// Those that listen at just these addresses.
        case exact
        /// Whatever listens on their ports, and may be in the way.
        case samePort
    }

    /// Looks, and changes nothing.
    ///
    /// - Parameter kept: sockets that the keeper holds, by their inodes.
    init(
        at addresses: [SocketAddress], _ directory: StateDirectory, _ breadth: Breadth = .exact, kept: Set<UInt64> = []
    ) {
        self.addresses = addresses
        self.directory = directory
        self.breadth = breadth
        self.kept = kept
        let wanted = addresses.reduce(into: kept) { $0.formUnion(Self.inodes(at: $1, breadth)) }
        // A port that the kernel chose is known to nobody any more: only ours, which have a mark, count there.
        let guessed = addresses.filter { $0.port == 0 }
            .reduce(into: Set<UInt64>()) { $0.formUnion(ListenerRoll.inodes(onHostOf: $1)) }
        let master = LockHolder.find(directory.lock)
        all = SocketHolders.find(wanted.union(guessed)).compactMap { pid, inodes in
            guard pid != ThisProcess.pid, pid != 1, pid != master,
                let holder = LaneHolder(pid, holdsKept: !inodes.isDisjoint(with: kept), directory),
                holder.program != "systemd"
            else { return nil }
            return holder.kind == .stranger && inodes.isDisjoint(with: wanted) ? nil : holder
        }
        .sorted { $0.pid < $1.pid }
    }

    /// Those that still hold a socket a moment later. Before a child of systemd becomes its program it has, for an instant,
    /// all that systemd has. Blocks for that moment where it matters.
    func confirmed() -> LaneHolders {
        guard workers.contains(where: { !$0.isMarked }) else { return self }
        _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(100))
        let again = LaneHolders(at: addresses, directory, breadth, kept: kept).all
        return LaneHolders(
            all.filter { holder in again.contains { $0.pid == holder.pid && $0.startTime == holder.startTime } },
            of: self)
    }

    private init(_ all: [LaneHolder], of other: LaneHolders) {
        self.all = all
        addresses = other.addresses
        directory = other.directory
        breadth = other.breadth
        kept = other.kept
    }

    /// Who holds the addresses of a configuration, and those that an earlier one had. For where no master runs: the keeper
    /// is asked.
    package init(of configuration: Configuration) {
        let directory = StateDirectory(configuration)
        let saved = try? directory.readState()
        self.init(of: configuration, saved, kept: KeeperClient.inodes(at: directory.keeper))
    }

    init(of configuration: Configuration, _ saved: SavedState?, kept: Set<UInt64>) {
        let former = saved?.listeners.map(\.address) ?? []
        self.init(
            at: (configuration.listeners.map(\.address) + former).uniqued(), StateDirectory(configuration),
            kept: kept)
    }

    private static func inodes(at address: SocketAddress, _ breadth: Breadth) -> Set<UInt64> {
        switch address {
        case .v4(_, port: 0), .v6(_, port: 0, _), .unnamed: return []
        case .v4, .v6:
            return breadth == .samePort
                ? ListenerRoll.inodes(onPortOf: address) : Set(ListenerRoll.inodes(at: address) ?? [])
        case .unix(let path): return UnixRoll.inodes { RenamedListener.isName($0, at: path) }
        case .abstract(let name): return UnixRoll.inodes { $0 == "@\(name)" }
        }
    }

    /// Who is left at the addresses that the last master had: those of the configuration may be others by now. Looks until
    /// nobody is, or patience ends: who was killed takes a moment to vanish.
    package static func left(of configuration: Configuration, within patience: Duration = .seconds(2)) -> LaneHolders {
        let directory = StateDirectory(configuration)
        let addresses = addresses(of: configuration)
        let deadline = MonotonicClock.now() + patience
        while true {
            let holders = LaneHolders(at: addresses, directory)
            if holders.isEmpty || MonotonicClock.now() >= deadline { return holders }
            _ = try? Poll.readable(anyOf: [], timeout: .milliseconds(20))
        }
    }

    /// The sockets that listen at those addresses, by their inodes.
    package static func sockets(of configuration: Configuration) -> Set<UInt64> {
        addresses(of: configuration).reduce(into: []) { $0.formUnion(inodes(at: $1, .exact)) }
    }

    private static func addresses(of configuration: Configuration) -> [SocketAddress] {
        let saved = try? StateDirectory(configuration).readState()
        guard let saved, saved.addresses != nil else { return configuration.listeners.map(\.address) }
        return saved.listeners.map(\.address).uniqued()
    }

    /// One of them holds one of these sockets.
    package func hold(anyOf inodes: Set<UInt64>) -> Bool {
        let holders = SocketHolders.find(inodes)
        return all.contains { holders[$0.pid] != nil }
    }
}

extension [LaneHolder] {
    /// "pid 7 (site-v1), pid 9 (site-v1)".
    package var names: String { map(\.description).joined(separator: ", ") }

    /// Those that a master started, and not what these have started themselves: a server may write over the words by which
    /// its own children would be known.
    var leading: [LaneHolder] {
        let pids = Set(map(\.pid))
        var sessions: Set<Int32> = []
        var leaders: Set<Int32> = []
        return filter { holder in
            guard !holder.belongs(to: pids.subtracting([holder.pid])), sessions.insert(holder.session).inserted
            else { return false }
            return leaders.insert(holder.leader).inserted
        }
    }

    /// The command that ends them.
    package var command: String { "kill \(map { "\($0.pid)" }.joined(separator: " "))" }
}

extension LaneHolders {
    /// Ends the workers among them, and waits until they have ended. A stranger is never touched. Blocks; for when nothing else
    /// is to be done any more.
    ///
    /// - Parameter patience: how long they may take after SIGTERM.
    func endWorkers(within patience: Duration) {
        workers.map { ProcessIdentity(pid: $0.pid, startTime: $0.startTime) }.end(within: patience)
    }
}
