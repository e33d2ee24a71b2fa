internal import DeployCore
internal import Linux

/// What makes a master to be found: its lock, and names in the state directory, which somebody may remove while it serves.
/// A part of the master.
final class Presence {
    private let directory: StateDirectory
    private let loop: EventLoop
    private let log: MasterLog
    private let inotify: Inotify
    private let names: Set<String>
    /// Held for as long as the master lives.
    private var lock: FileLock

    /// Watches nothing yet.
    init(
        _ directory: StateDirectory, _ lock: consuming FileLock, _ loop: EventLoop, _ log: MasterLog
    ) throws(SystemError) {
        self.directory = directory
        self.lock = lock
        self.loop = loop
        self.log = log
        inotify = try Inotify()
        names = Set([directory.control, directory.lock, directory.keeper, directory.stateFile].map(Paths.name))
    }

    /// Hears from now on when a name goes away by which the master is found.
    func watch() {
        do {
            try watchDirectories()
            try loop.add(inotify.number, .readable, Token(.presence))
        } catch {
            log("\(directory.root) cannot be watched: \(error); SIGHUP makes the master look at it", .warning)
        }
    }

    private func watchDirectories() throws(SystemError) {
        for path in Set([directory.root, directory.runtime]) { try inotify.watchRemovals(in: path) }
    }

    /// Whether something went away since the last call without which the master is not found.
    func isBroken() -> Bool { (try? inotify.readRemovals())?.contains { $0.isEmpty || names.contains($0) } ?? true }

    /// Makes the names anew that are gone: the directories, the lock, the control socket, the keeper's socket, the state
    /// file. To be called when something went away, and at SIGHUP.
    func mend(
        _ control: inout ControlServer, _ keeper: LaneKeeper, _ store: StateStore,
        _ state: @autoclosure () -> SavedState
    ) {
        var mended: [String] = []
        do {
            if Files.kind(directory.root) != .directory || Files.kind(directory.runtime) != .directory {
                try directory.make()
                mended.append(directory.root)
            }
            store.relocate()
            if !lock.isPresent(at: directory.lock) {
                try renewLock()
                mended.append(directory.lock)
            }
            if !control.isPresent(at: directory.control) {
                try control.listenAnew(at: directory.control, on: loop.epoll)
                mended.append(directory.control)
            }
            if keeper.number != nil, Files.kind(directory.keeper) != .socket {
                keeper.replace()
                mended.append(directory.keeper)
            }
            try watchDirectories()
        } catch {
            log("what was removed from \(directory.root) cannot be created again: \(error)", .error)
        }
        if store.mend(state()) { mended.append(directory.stateFile) }
        guard !mended.isEmpty else { return }
        log("somebody removed \(mended.joined(separator: ", ")) while the master runs: created again", .warning)
    }

    private func renewLock() throws(SystemError) {
        guard let new = try FileLock.acquire(directory.lock) else {
            throw SystemError(call: "flock", errno: .wouldBlock, subject: directory.lock)
        }
        try new.sign(LockHolder.signature)
        lock = new
    }

    /// Leaves the lock to the program that takes this one's place.
    func pass(to next: ExecState) { next.leave(lock.number, as: ExecState.Name.lock) }
}
