internal import DeployCore
internal import Linux

/// Keepers of a state directory that nobody can ask any more, since their socket has lost its name: the directory was put
/// back from a copy, or somebody removed the socket. Lanes that only such a one holds take connections, and nobody accepts
/// them. A keeper whose master lives is none: that one speaks to it by the connection that it has, wherever its directory was
/// moved to.
struct OrphanKeepers: Equatable {
    private let all: [ProcessIdentity]

    var isEmpty: Bool { all.isEmpty }

    /// Looks through all processes for keepers of this user's that were started for this directory. One in a container which
    /// has another directory at the same path is none of them.
    ///
    /// - Parameter answering: the keeper that answers at the socket's path; nil: none does.
    init(of directory: StateDirectory, besides answering: Int32? = nil) {
        all = ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.compactMap { pid in
            // Its start time first: what is looked at behind it may be a later process, and that is not ended.
            guard pid != answering, pid != ThisProcess.pid, let status = ProcessStatus(of: pid), !status.isZombie,
                LaneHolder.isKeeper(pid, directory), !Self.isServed(status.parent),
                (try? Files.status("/proc/\(pid)"))?.uid == ThisProcess.uid
            else { return nil }
            return ProcessIdentity(pid: pid, startTime: status.startTime)
        }
    }

    init() { all = [] }

    private static func isServed(_ parent: Int32) -> Bool {
        parent != ThisProcess.pid && LaneHolder.isMaster(LaneHolder.words(of: parent))
    }

    /// They, and nobody else who can be seen, are in the way of an address.
    func areAlone(at address: SocketAddress, _ directory: StateDirectory) -> Bool {
        guard !isEmpty else { return false }
        let holders = LaneHolders(at: [address], directory, .samePort).all
        return !holders.isEmpty && holders.allSatisfy { holder in all.contains { $0.pid == holder.pid } }
    }

    /// Ends them, and says so. To be called when what they hold beside others has been taken up, or is lost: they cannot be
    /// asked for it. Blocks until they have ended.
    ///
    /// - Parameter verb: what is being done.
    func end(_ verb: String) {
        for keeper in all {
            StandardError.line(
                "deployd: \(verb): pid \(keeper.pid) keeps sockets of this state directory, and can no longer be asked for "
                    + "them: it is ended", .warning)
        }
        all.end(within: Self.patience)
    }

    /// A keeper has nothing to finish.
    private static let patience = Duration.seconds(1)
}

extension LaneKeeper {
    /// Keepers of the directory beside the one that is asked; none where it is not known which that is.
    func orphans(of directory: StateDirectory) -> OrphanKeepers {
        guard number != nil else { return OrphanKeepers(of: directory) }
        return pid.map { OrphanKeepers(of: directory, besides: $0) } ?? OrphanKeepers()
    }
}
