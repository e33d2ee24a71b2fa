import CLinux
import Glibc

/// A file's attributes. Source: stat(2), inode(7).
package struct FileStatus: Equatable, Sendable {
    /// The type of a file, as far as deployd tells types apart.
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

    /// The type of the file.
    package let kind: Kind
    /// The length in bytes; for a link, that of its target's path.
    package let size: Int
    /// Permission bits, with set-user, set-group and sticky.
    package let mode: UInt32
    /// The user who owns it.
    package let uid: UInt32
    /// The group that owns it.
    package let gid: UInt32
    /// With `device`, the file's identity.
    package let inode: UInt64
    /// The file system that it lies on.
    package let device: UInt64
    /// The number of names it has.
    package let links: Int
    /// Room that it takes in its file system, in bytes: less than its size where it has holes, more where room was taken
    /// behind its end.
    package let allocated: Int
    /// The last change of its content, since 1970, as its writer set it: copies and archives set it at will.
    package let modified: Duration
    /// The last change of anything in it, since 1970: the kernel's own word, which nobody sets.
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
    /// The attributes of the open file. The corresponding C function is `fstat`.
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

    /// The type of what `path` names, links followed; nil if there is nothing or it cannot be reached.
    package static func kind(_ path: String) -> FileStatus.Kind? {
        (try? status(path))?.kind
    }
}
