import CLinux
import Glibc

extension FileDescriptor {
    /// Opens a directory, to be the root of lookups by `openBeneath`.
    package static func directory(_ path: String) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try system("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    /// Opens a file for reading by a path relative to this directory that cannot leave it, not by "..", not by a link:
    /// a try gives EXDEV. The corresponding call is `openat2` with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS.
    package borrowing func openBeneath(_ path: String) throws(SystemError) -> FileDescriptor {
        let root = number
        let flags = UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        let beneathWithoutMagic: UInt64 = 0x08 | 0x02
        // A ".." that is walked while somebody renames a directory anywhere is EAGAIN: the kernel cannot tell whether it
        // stayed beneath. openat2(2) says to try again.
        var attemptsLeft = 16
        while true {
            attemptsLeft -= 1
            switch uninterrupted({ unsafe clinux_openat2(root, path, flags, 0, beneathWithoutMagic) }) {
            case .success(let number): return FileDescriptor(owning: number)
            case .failure(.wouldBlock) where attemptsLeft > 0: continue
            case .failure(let errno): throw SystemError(call: "openat2", errno: errno, subject: path)
            }
        }
    }
}
