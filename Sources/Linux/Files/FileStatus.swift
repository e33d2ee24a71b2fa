import CLinux
import Glibc

/// What the file system knows of a file. Source: stat(2), inode(7).
package struct FileStatus: Equatable, Sendable {
    /// What sort of thing it is.
    package enum Kind: Equatable, Sendable {
        /// A regular file.
        case file
        /// A directory.
        case directory
        /// A symbolic link.
        case link
        /// A bound unix socket.
        case socket
        /// A device or a named pipe.
        case other
    }

    /// What sort of thing it is.
    package let kind: Kind
    /// Length in bytes.
    package let size: Int
    /// Permission bits, with set-user, set-group and sticky.
    package let mode: UInt32
    /// Owner.
    package let uid: UInt32
    /// Group.
    package let gid: UInt32
    /// With `device`, the file's identity.
    package let inode: UInt64
    /// The file system that it lies on.
    package let device: UInt64
    /// How many names it has.
    package let links: Int
    /// Room that it takes in its file system, in bytes: less than its size where it has holes, more where room was taken
    /// behind its end.
    package let allocated: Int
    /// When its content changed last, since 1970, as whoever wrote it has it: copies and archives set it at will.
    package let modified: Duration
    /// When anything of it changed last, since 1970: the kernel's own word, which nobody sets.
    package let changed: Duration

    init(_ native: stat) {
        kind =
            switch native.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFSOCK: .socket
            default: .other
            }
        size = Int(native.st_size)
        mode = native.st_mode & 0o7777
        uid = native.st_uid
        gid = native.st_gid
        inode = UInt64(native.st_ino)
        device = UInt64(native.st_dev)
        links = Int(native.st_nlink)
        allocated = Int(native.st_blocks) * 512
        modified = .seconds(native.st_mtim.tv_sec) + .nanoseconds(native.st_mtim.tv_nsec)
        changed = .seconds(native.st_ctim.tv_sec) + .nanoseconds(native.st_ctim.tv_nsec)
    }
}

extension FileDescriptor {
    /// What the open file is now. The corresponding C function is `fstat`.
    package borrowing func status() throws(SystemError) -> FileStatus {
        let descriptor = number
        var native = stat()
        _ = try system("fstat") { unsafe fstat(descriptor, &native) }
        return FileStatus(native)
    }
}

extension Files {
    /// What `path` names; links are followed unless `followingLinks` is false. The corresponding C functions are `stat`
    /// and `lstat`.
    package static func status(_ path: String, followingLinks: Bool = true) throws(SystemError) -> FileStatus {
        var native = stat()
        _ = try system("stat", path) {
            followingLinks ? unsafe stat(path, &native) : unsafe lstat(path, &native)
        }
        return FileStatus(native)
    }

    /// What sort of thing `path` names, links followed; nil when there is none or it cannot be reached.
    package static func kind(_ path: String) -> FileStatus.Kind? {
        (try? status(path))?.kind
    }
}
