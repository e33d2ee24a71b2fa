import CLinux
import Glibc

// Changes that survive a power cut, or did not happen. Source: fsync(2), rename(2).
extension Files {
    /// Replaces a file in one step: whoever reads sees the old content or the new. A temporary file beside it
    /// (`path` + ".new", for one writer at a time) is written and synced, renamed over it, and the directory synced. A
    /// failure leaves the old file, but for one of the directory's sync: then the new content stands, and a power cut
    /// may bring the old one back. A link at `path` is replaced, not followed.
    package static func replace(_ path: String, with content: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = "\(path).new"
        // What an earlier attempt left may have other permissions.
        try unlink(temporary)
        let file = try createNew(temporary, mode: mode)
        do {
            try file.writeAll(content)
            try file.synchronize()
            try rename(temporary, to: path)
        } catch {
            try? unlink(temporary)
            throw SystemError(call: error.call, errno: error.errno, subject: path)
        }
        try synchronizeDirectory(directory(of: path))
    }

    /// Makes a file that must not be there. The corresponding C function is `open` with O_EXCL.
    package static func createNew(_ path: String, mode: UInt32) throws(SystemError) -> FileDescriptor {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        return FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags, mode) })
    }

    /// Adds to the end of a file and waits for the disk; makes the file where there is none. A failure takes back what
    /// was written of it, so that the next addition begins where this one should have. For one writer at a time.
    package static func append(_ path: String, _ content: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let isNew = kind(path) == nil
        let file = try openForAppending(path, mode: mode)
        try file.named(path) { (file) throws(SystemError) in
            let size = try file.status().size
            do throws(SystemError) {
                try file.writeAll(content)
                try file.synchronize()
            } catch {
                try? file.truncate(to: size)
                throw error
            }
        }
        if isNew { try synchronizeDirectory(directory(of: path)) }
    }

    /// Points a symbolic link elsewhere in one step, or makes it, and syncs the directory. The new link is made beside it
    /// (`path` + ".new", for one writer at a time) and renamed over it.
    package static func replaceLink(_ path: String, target: String) throws(SystemError) {
        let temporary = "\(path).new"
        try unlink(temporary)
        _ = try system("symlink", temporary) { unsafe symlink(target, temporary) }
        do {
            try rename(temporary, to: path)
        } catch {
            try? unlink(temporary)
            throw error
        }
        try synchronizeDirectory(directory(of: path))
    }

    /// Gives a file another name, and takes the name from what had it. The corresponding C function is `rename`.
    package static func rename(_ path: String, to other: String) throws(SystemError) {
        _ = try system("rename", other) { unsafe Glibc.rename(path, other) }
    }

    /// A second name for the same file or socket. The corresponding C function is `link`.
    package static func link(_ path: String, as other: String) throws(SystemError) {
        _ = try system("link", other) { unsafe Glibc.link(path, other) }
    }

    /// Waits until the disk has a directory's names. The corresponding C function is `fsync`.
    package static func synchronizeDirectory(_ path: String) throws(SystemError) {
        let directory = try open(path)
        try directory.named(path) { (directory) throws(SystemError) in try directory.synchronize() }
    }
}
