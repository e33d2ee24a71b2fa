import CLinux
import Glibc

// What is made in a directory that others may write to: every step goes by one name beneath a directory that is open, and
// follows no link, so that nobody can lead it elsewhere.
extension FileDescriptor {
    /// Opens a directory beneath this one by a path without links. The corresponding call is `openat2` with RESOLVE_BENEATH
    /// and RESOLVE_NO_SYMLINKS.
    package borrowing func directoryBeneath(_ path: String) throws(SystemError) -> FileDescriptor {
        let above = number
        let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let beneathWithoutLinks: UInt64 = 0x08 | 0x04
        return FileDescriptor(
            owning: try system("openat2", path) { unsafe clinux_openat2(above, path, flags, 0, beneathWithoutLinks) })
    }

    /// Opens a directory beneath this one by a path without links, and makes what is missing of it, with `owner` as far as
    /// that is given. The corresponding C function is `mkdirat`.
    ///
    /// - Parameters:
    ///   - path: relative, without `.` and `..`; empty for this directory.
    ///   - mode: of the last part, where it is made; parts above it get 0755.
    package borrowing func makeDirectory(
        _ path: String, mode: UInt32 = 0o755, owner: FileOwner? = nil
    ) throws(SystemError) -> FileDescriptor {
        var directory = try duplicate()
        let names = path.split(separator: "/").map(String.init)
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            directory = try directory.openOrMake(name, mode: isLast ? mode : 0o755, owner: owner)
        }
        return directory
    }

    private borrowing func openOrMake(
        _ name: String, mode: UInt32, owner: FileOwner?
    ) throws(SystemError) -> FileDescriptor {
        do throws(SystemError) { return try directoryBeneath(name) } catch {
            guard error.errno == .notFound else { throw error }
        }
        let above = number
        // (Nobody enters it before it has its owner.)
        _ = try system("mkdir", name) { unsafe mkdirat(above, name, 0o700) }
        let made = try directoryBeneath(name)
        let own = made.number
        if let owner { _ = try system("chown", name) { fchown(own, owner.uid, owner.gid) } }
        _ = try system("chmod", name) { fchmod(own, mode) }
        return made
    }

    /// Makes a symbolic link in this directory; whatever has the name already stays, and is EEXIST. The corresponding C
    /// function is `symlinkat`.
    package borrowing func makeLink(_ name: String, to target: String, owner: FileOwner?) throws(SystemError) {
        let above = number
        _ = try system("symlink", name) { unsafe symlinkat(target, above, name) }
        guard let owner else { return }
        _ = try system("chown", name) { unsafe fchownat(above, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) }
    }
}

/// Owner and group of a file, by number.
package struct FileOwner: Equatable, Sendable {
    /// The number of the user.
    package let uid: UInt32
    /// The number of the group.
    package let gid: UInt32

    /// This user and this group.
    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }
}
