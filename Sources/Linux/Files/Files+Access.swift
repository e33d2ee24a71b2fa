import Glibc

extension Files {
    /// A kind of access to a file or a directory.
    package enum Wish: Sendable {
        case read, write
        /// To execute a file, or to enter a directory.
        case execute

        fileprivate var bit: CInt {
            switch self {
            case .read: R_OK
            case .write: W_OK
            case .execute: X_OK
            }
        }
    }

    /// Why the calling process may not do all of that, by its real user; nil when it may. A file system that is mounted
    /// read-only is an obstacle for root too. The corresponding C function is `access`.
    package static func obstacle(to wishes: [Wish], _ path: String) -> Errno? {
        let mode = wishes.reduce(0) { $0 | $1.bit }
        switch uninterrupted({ unsafe access(path, mode) }) {
        case .success: return nil
        case .failure(let errno): return errno
        }
    }

    /// True if the calling process may execute it (or, for a directory, search it).
    package static func isExecutable(_ path: String) -> Bool { obstacle(to: [.execute], path) == nil }

    /// True if the calling process may write to it (or, for a directory, create files in it).
    package static func isWritable(_ path: String) -> Bool {
        obstacle(to: kind(path) == .directory ? [.write, .execute] : [.write], path) == nil
    }

    /// True if the calling process may read it.
    package static func isReadable(_ path: String) -> Bool { obstacle(to: [.read], path) == nil }
}
