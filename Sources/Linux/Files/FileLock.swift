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

    /// True if `path` still names the file that is locked: a lock on a file that was removed keeps nobody out.
    package borrowing func isPresent(at path: String) -> Bool {
        guard let open = try? file.status(), let named = try? Files.status(path) else { return false }
        return open.inode == named.inode && open.device == named.device
    }

    /// The process that took the lock on `path`, as the kernel tells; nil: nobody has, or he cannot be seen from here. Source:
    /// proc_locks(5).
    package static func holder(of path: String) -> Int32? {
        guard let status = try? Files.status(path), let content = try? Files.read("/proc/locks") else { return nil }
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            // "1: FLOCK  ADVISORY  WRITE 708 08:01:1234 0 EOF"; one that waits has "->" behind its number.
            guard words.count > 5, words[1] == "FLOCK", let inode = words[5].split(separator: ":").last,
                UInt64(inode) == status.inode, let pid = Int32(words[4]), pid > 0
            else { continue }
            let device = words[5].split(separator: ":").prefix(2).compactMap { UInt64($0, radix: 16) }
            if device == [UInt64(major(status.device)), UInt64(minor(status.device))] { return pid }
        }
        return nil
    }

    /// Whether anybody holds the lock on `path`; false when there is no such file, or this user may not read it. For an
    /// instant nobody else can take it. The corresponding C function is `flock` with LOCK_SH.
    package static func isHeld(_ path: String) -> Bool {
        guard let file = try? Files.open(path) else { return false }
        return isHeld(file)
    }

    private static func isHeld(_ file: borrowing FileDescriptor) -> Bool {
        let number = file.number
        switch uninterrupted({ flock(number, LOCK_SH | LOCK_NB) }) {
        case .failure(.wouldBlock): return true
        case .success, .failure: return false
        }
    }

    // Source: sysmacros.h of glibc, whose macros Swift does not see.
    private static func major(_ device: UInt64) -> UInt64 { (device >> 8 & 0xfff) | (device >> 32 & ~0xfff) }
    private static func minor(_ device: UInt64) -> UInt64 { (device & 0xff) | (device >> 12 & ~0xff) }

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
