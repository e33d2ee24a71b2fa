internal import Linux
internal import Supervisor

/// A directory in which an archive is unpacked, beside the releases: no release itself, since its name begins with a dot. It is
/// taken away with all that is left in it; after a kill the next one does that.
final class UnpackingRoom {
    private static let prefix = ".incoming-"
    /// What follows the room's name in that of a release to be looked at.
    private static let lookedAt = "-release"

    private let path: String
    /// Held while it is in use.
    private let lock: FileLock

    /// - Parameter mode: who may pass through it. (Its files' own modes hold.)
    init(in releases: String, mode: UInt32 = 0o700) throws(CommandError) {
        try Self.requireTrust(in: releases)
        Self.removeAbandoned(in: releases)
        path = Paths.join(releases, "\(Self.prefix)\(ThisProcess.pid)-\(UInt32.random(in: .min ... .max))")
        do throws(SystemError) {
            try Files.makeDirectory(path, mode: mode)
            guard let lock = try FileLock.acquire(Self.lock(of: path)) else {
                throw SystemError(call: "flock", errno: .busy, subject: path)
            }
            self.lock = lock
        } catch {
            let advice = error.errno == .permissionDenied ? ": who deploys an archive must be able to write there" : ""
            throw CommandError("deploy: the archive cannot be unpacked in \(releases): \(error)\(advice)")
        }
    }

    deinit {
        try? Files.removeTree(path + Self.lookedAt)
        try? Files.removeTree(path)
    }

    /// Whoever may write to the directory could lead what is unpacked there to any other place.
    private static func requireTrust(in releases: String) throws(CommandError) {
        guard let hold = FileTrust(user: ThisProcess.uid).holdOfOthers(onWayTo: releases) else { return }
        throw CommandError(
            "deploy: \(hold): who can change it could lead what is unpacked there to any place; deploy archives as its owner, or "
                + "give it to the one who deploys (chown, chmod go-w)")
    }

    private static func lock(of path: String) -> String { Paths.join(path, "lock") }

    private static func removeAbandoned(in releases: String) {
        for name in (try? Files.list(releases)) ?? [] where name.hasPrefix(prefix) {
            let path = Paths.join(releases, name)
            // Only what this user has made: in a directory that others may write to a link may lead anywhere.
            guard let status = try? Files.status(path, followingLinks: false), status.kind == .directory,
                status.uid == ThisProcess.uid, isAbandoned(path)
            else { continue }
            try? Files.removeTree(path)
        }
    }

    private static func isAbandoned(_ path: String) -> Bool {
        // Of a release the room beside it has the lock, and goes behind it.
        guard !path.hasSuffix(lookedAt) else {
            return !FileLock.isHeld(lock(of: String(path.dropLast(lookedAt.count))))
        }
        return Files.kind(lock(of: path)) == .file && !FileLock.isHeld(lock(of: path))
    }

    /// Puts a release where its links and relative paths lead to what they would from its place. Returns its path.
    func place(_ release: String) throws(CommandError) -> String {
        let place = path + Self.lookedAt
        do throws(SystemError) { try Files.renameToFree(release, to: place) } catch { throw CommandError(error) }
        return place
    }

    /// An empty directory with the mode of a release.
    func makeTree() throws(CommandError) -> String {
        let tree = Paths.join(path, "tree")
        do { try Files.makeDirectory(tree, mode: 0o755) } catch { throw CommandError(error) }
        return tree
    }

    /// Keeps what `read` puts over the front of a buffer, until it says 0. Returns the file.
    func keep(limit: Int, _ read: (inout [UInt8]) throws(SystemError) -> Int) throws(CommandError) -> String {
        let file = Paths.join(path, "archive")
        var size = 0
        do throws(SystemError) {
            let out = try Files.createNew(file, mode: 0o600)
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while size <= limit {
                let count = try read(&buffer)
                guard count > 0 else { break }
                size += count
                try out.writeAll(Array(buffer[..<count]))
            }
        } catch {
            throw CommandError("deploy: the archive could not be taken: \(error)")
        }
        guard size > 0 else { throw CommandError("deploy: the archive is empty") }
        guard size <= limit else {
            throw CommandError("deploy: the archive has more than \(Sizes.text(limit))")
        }
        return file
    }

    /// Gives a directory the name of a release, in one step, once all of it is on the disk.
    func publish(_ directory: String, as target: String) throws(CommandError) {
        do throws(SystemError) {
            try DurableTree.synchronize(directory)
            try Files.renameToFree(directory, to: target)
            try Files.synchronizeDirectory(Paths.parent(target))
        } catch {
            throw CommandError("deploy: the release could not be put in place: \(error)")
        }
    }
}
