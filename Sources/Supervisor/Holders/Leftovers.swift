internal import DeployCore
internal import Linux

/// Processes that serve on, or wait, without a master: the last one was killed, or the next one could not start.
package struct Leftovers: Equatable, Sendable {
    /// Workers of one release.
    struct Group: Equatable, Sendable {
        /// The release's label; nil: nobody knows.
        let release: String?
        var pids: [Int32]
    }

    /// Workers that live, oldest generation first.
    let groups: [Group]
    /// The keeper of the lanes lives.
    package let hasKeeper: Bool
    /// What is wrong with the state file, so that no master can go on with them, as a clause; nil: nothing.
    let stateLoss: String?

    /// Looks, and changes nothing; nil when nothing is left, or a master holds the lock.
    package init?(of configuration: Configuration) {
        let directory = StateDirectory(configuration)
        guard LockHolder.find(directory.lock) == nil else { return nil }
        let saved: SavedState?
        var stateLoss: String?
        do {
            saved = try directory.readState()
            if saved == nil { stateLoss = Files.kind(directory.stateFile) == nil ? "is gone" : "is empty" }
        } catch {
            saved = nil
            // (What this user may not read is not lost.)
            if Files.isReadable(directory.stateFile) { stateLoss = "cannot be read" }
        }
        let previous = saved.flatMap { $0.isOfThisBoot ? PreviousMaster($0) : nil }
        let label = { (number: GenerationNumber?) in
            saved?.machine.generations.first { $0.number == number }?.plan.label
        }
        let known = (previous?.survivors ?? []).compactMap { survivor in
            survivor.worker.process.map { (release: label(survivor.generation), pid: $0.pid) }
        }
        // A state may be lost, or may never have heard of them.
        let others = LaneHolders(of: configuration, saved, kept: KeeperClient.inodes(at: directory.keeper))
            .workers.filter { !$0.belongs(to: Set(known.map(\.pid))) }
        self.init(
            workers: known + others.leading.map { (release: label($0.generation), pid: $0.leader) },
            hasKeeper: KeeperClient.find(at: directory.keeper) != nil || !OrphanKeepers(of: directory).isEmpty,
            stateLoss: stateLoss)
        if groups.isEmpty && !hasKeeper { return nil }
    }

    /// - Parameter workers: each with the label of its release; nil: nobody knows.
    init(workers: [(release: String?, pid: Int32)], hasKeeper: Bool, stateLoss: String? = nil) {
        var groups: [Group] = []
        for worker in workers where !groups.contains(where: { $0.pids.contains(worker.pid) }) {
            if let index = groups.firstIndex(where: { $0.release == worker.release }) {
                groups[index].pids.append(worker.pid)
            } else {
                groups.append(Group(release: worker.release, pids: [worker.pid]))
            }
        }
        self.groups = groups
        // A keeper alone is in nobody's way.
        self.stateLoss = groups.isEmpty ? nil : stateLoss
        self.hasKeeper = hasKeeper
    }
}

extension Leftovers: CustomStringConvertible {
    /// The state says enough for the next master to go on with it.
    package var isTakenOver: Bool { stateLoss == nil }

    /// What to do, as a clause without an end.
    ///
    /// - Parameter start: what starts a master, in backticks.
    package func advice(start: String = "`deployd start`") -> String {
        guard let stateLoss else { return "\(start) takes it over, `deployd stop` ends it" }
        return "the state file \(stateLoss), so \(start) cannot take it over before it is put back from a backup; "
            + "`deployd stop` ends it"
    }

    /// The processes that are left, as a clause without an end.
    package var description: String {
        let all = groups.map(\.description) + (hasKeeper ? ["the keeper of its sockets"] : [])
        let parts = [all.dropLast().joined(separator: ", "), all.last ?? "nothing"].filter { !$0.isEmpty }
        return "no master runs, but the last one left " + parts.joined(separator: " and ")
    }
}

extension Leftovers.Group: CustomStringConvertible {
    /// As a clause: "2 workers of v2 (pids 7, 9)".
    var description: String {
        let names = pids.map { "\($0)" }.joined(separator: ", ")
        let of = release.map { " of \($0)" } ?? ""
        return pids.count == 1 ? "a worker\(of) (pid \(names))" : "\(pids.count) workers\(of) (pids \(names))"
    }
}
