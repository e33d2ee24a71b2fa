internal import Linux

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
        let content: [UInt8]
        do throws(SystemError) { content = try Files.read(path, limit: 64) } catch {
            // Another user's: whoever may not read it is told by the kernel, too.
            return error.errno == .permissionDenied ? FileLock.holder(of: path) : nil
        }
        // On a full disk it could not be signed.
        if content.isEmpty { return FileLock.holder(of: path) }
        // A copy of the file has the name of one that does not hold it.
        return named(in: content).flatMap { FileLock.isHeld(path) ? $0 : nil }
    }

    /// The master that a copy of its lock file names: it lives, and holds another file; nil: this one is held, or nobody
    /// that it names lives.
    static func elsewhere(_ path: String) -> Int32? {
        guard let content = try? Files.read(path, limit: 64), let pid = named(in: content) else { return nil }
        return FileLock.isHeld(path) ? nil : pid
    }

    private static func named(in content: [UInt8]) -> Int32? {
        let words = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let pid = Int32(words[0]), let status = ProcessStatus(of: pid), !status.isZombie,
            "\(status.startTime)" == words[1]
        else { return nil }
        return pid
    }

    /// What the lock file says of this process.
    static var signature: String { "\(ThisProcess.pid) \(ProcessStatus(of: ThisProcess.pid)?.startTime ?? 0)\n" }
}
