import Glibc

/// A file that at most one process holds; the kernel lets go when the process ends. Source: flock(2).
package struct FileLock: ~Copyable {
    private let file: FileDescriptor

    /// The descriptor's number, lent: the lock belongs to the open file, and outlives an exec with it.
    package var number: CInt { file.number }

    private init(file: consuming FileDescriptor) { self.file = file }

    /// Takes over a lock that this process was born with.
    package init(adopting file: consuming FileDescriptor) { self.file = file }

    /// Writes who holds the lock into the file, for people and for those who were turned away.
    package borrowing func sign(_ text: String) throws(SystemError) {
        try file.truncate(to: 0)
        try file.writeAll(Array(text.utf8))
    }

    /// Whether `path` still names the file that is locked: a lock on a file that was removed keeps nobody out.
    package borrowing func isPresent(at path: String) -> Bool {
        guard let open = try? file.status(), let named = try? Files.status(path) else { return false }
        return open.inode == named.inode && open.device == named.device
    }

    /// Takes the lock, or says nil when another process, or another owner in this one, holds it. The file is made (0600)
    /// where there is none, and stays. The corresponding C function is `flock`.
    package static func acquire(_ path: String) throws(SystemError) -> FileLock? {
        let file = try Files.openForAppending(path, mode: 0o600)
        let number = file.number
        switch uninterrupted({ flock(number, LOCK_EX | LOCK_NB) }) {
        case .success: return FileLock(file: file)
        case .failure(.wouldBlock): return nil
        case .failure(let errno): throw SystemError(call: "flock", errno: errno, subject: path)
        }
    }
}
