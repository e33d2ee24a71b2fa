internal import Linux

/// What serves on, or waits, where no master runs: the last one was killed, or the next one could not start.
package struct Leftovers: Equatable, Sendable {
    /// Workers that live, by pid, oldest generation first.
    package let workers: [Int32]
    /// The label of the release that serves; nil: none does, or nobody knows.
    package let serving: String?
    /// Whether the keeper of the lanes lives.
    package let hasKeeper: Bool
    /// Whether the state file cannot be read, so that no master goes on with them.
    let isStateLost: Bool

    /// Looks, and changes nothing; nil when nothing is left, or a master holds the lock.
    package init?(of configuration: Configuration) {
        let directory = StateDirectory(configuration)
        guard LockHolder.find(directory.lock) == nil else { return nil }
        let saved: SavedState?
        let isStateLost: Bool
        do {
            saved = try MasterProcess.read(directory)
            isStateLost = false
        } catch {
            saved = nil
            isStateLost = true
        }
        let succession = saved.flatMap { $0.isOfThisBoot ? Succession($0) : nil }
        let serving = saved.flatMap { saved in
            saved.machine.generations.first { $0.number == saved.machine.serving }?.plan.label
        }
        let known = succession?.survivors.compactMap { $0.worker.process?.pid } ?? []
        // A state may be lost, or may never have heard of them.
        let others = LaneHolders(of: configuration, saved, kept: KeeperClient.inodes(at: directory.keeper))
            .workers.filter { !$0.belongs(to: Set(known)) }
        self.init(
            workers: known + others.map(\.leader).uniqued(), serving: serving,
            hasKeeper: KeeperClient.find(at: directory.keeper) != nil || !OrphanKeepers(of: directory).isEmpty,
            isStateLost: isStateLost)
        if workers.isEmpty && !hasKeeper { return nil }
    }

    init(workers: [Int32], serving: String?, hasKeeper: Bool, isStateLost: Bool = false) {
        self.isStateLost = isStateLost
        self.workers = workers
        self.serving = workers.isEmpty ? nil : serving
        self.hasKeeper = hasKeeper
    }
}

extension Leftovers: CustomStringConvertible {
    /// What to do, as a clause without an end.
    package var advice: String {
        isStateLost
            ? "the state file cannot be read, so that `deployd start` cannot go on with it; `deployd stop` ends it"
            : "`deployd start` goes on with it, `deployd stop` ends it"
    }

    /// Who is left, as a clause without an end.
    package var description: String {
        let pids = workers.map { "\($0)" }.joined(separator: ", ")
        let of = serving.map { " of \($0)" } ?? ""
        let who: String? =
            switch workers.count {
            case 0: nil
            case 1: "a worker\(of) (pid \(pids))"
            default: "\(workers.count) workers\(of) (pids \(pids))"
            }
        let keeper = hasKeeper ? "the keeper of its sockets" : nil
        return "no master runs, but the last one left " + [who, keeper].compactMap(\.self).joined(separator: " and ")
    }
}

/// The master that holds a state directory.
package enum LockHolder {
    /// Its pid, as the lock file names it, or the kernel; nil when nobody holds the lock, or who does cannot be seen from
    /// here.
    package static func find(stateDirectory: String) -> Int32? {
        find(StateDirectory(root: stateDirectory, runtime: stateDirectory).lock)
    }

    /// The same, by the lock file's path. (Pid and start time together name a process for good; the lock is held for as
    /// long as that lives.)
    static func find(_ path: String) -> Int32? {
        guard let content = try? Files.read(path, limit: 64) else { return nil }
        // On a full disk it could not be signed.
        if content.isEmpty { return FileLock.holder(of: path) }
        let words = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        // A copy of the file has the name of one that does not hold it.
        guard words.count == 2, let pid = Int32(words[0]), let status = ProcessStatus(of: pid), !status.isZombie,
            "\(status.startTime)" == words[1], FileLock.isHeld(path)
        else { return nil }
        return pid
    }

    /// What the lock file says of this process.
    static var signature: String { "\(ThisProcess.pid) \(ProcessStatus(of: ThisProcess.pid)?.startTime ?? 0)\n" }
}
