internal import Linux

/// What makes a master to be found: names in the state directory, which somebody may remove while it serves.
final class PlaceWatch {
    private let inotify: Inotify
    private let names: Set<String>
    private let directory: StateDirectory

    /// The descriptor's number, lent, for epoll.
    var number: CInt { inotify.number }

    /// Watches nothing yet.
    init(_ directory: StateDirectory) throws(SystemError) {
        self.directory = directory
        inotify = try Inotify()
        names = Set([directory.control, directory.lock, directory.keeper, directory.stateFile].map(Paths.name))
    }

    /// Watches the directories as they are now.
    func begin() throws(SystemError) {
        for path in Set([directory.root, directory.runtime]) { try inotify.watchRemovals(in: path) }
    }

    /// Whether something went away since the last call without which the master is not found.
    func isBroken() -> Bool { (try? inotify.readRemovals())?.contains { $0.isEmpty || names.contains($0) } ?? true }
}

extension Master {
    /// Hears from now on when a name goes away by which the master is found.
    func watchPlace() {
        do {
            try place.begin()
            try loop.add(place.number, .readable, Token(.place))
        } catch {
            log("\(directory.root) cannot be watched: \(error); SIGHUP makes the master look at it", .warning)
        }
    }

    /// Makes the names anew that are gone: the directories, the lock, the control socket, the keeper's socket, the state
    /// file. To be called when something went away, and at SIGHUP.
    func mendPlace() {
        var mended: [String] = []
        do {
            if Files.kind(directory.root) != .directory || Files.kind(directory.runtime) != .directory {
                try directory.make()
                mended.append(directory.root)
            }
            home = StateHome(directory.root)
            if !lock.isPresent(at: directory.lock) { mended.append(try lockAnew()) }
            if !control.isPresent(at: directory.control) {
                try control.listenAnew(at: directory.control, on: loop.epoll)
                mended.append(directory.control)
            }
            if keeper.number != nil, Files.kind(directory.keeper) != .socket {
                replaceKeeper()
                mended.append(directory.keeper)
            }
            try place.begin()
        } catch {
            log("what was removed from \(directory.root) cannot be created again: \(error)", .error)
        }
        if Files.kind(directory.stateFile) != .file, save(synchronously: false) == nil {
            mended.append(directory.stateFile)
        }
        guard !mended.isEmpty else { return }
        log("somebody removed \(mended.joined(separator: ", ")) while the master runs: created again", .warning)
    }

    private func lockAnew() throws(SystemError) -> String {
        guard let new = try FileLock.acquire(directory.lock) else {
            throw SystemError(call: "flock", errno: .wouldBlock, subject: directory.lock)
        }
        try new.sign(LockHolder.signature)
        lock = new
        return directory.lock
    }

    private func replaceKeeper() {
        if let number = keeper.number { loop.remove(number) }
        keeper.replace()
        watchKeeper()
    }
}
