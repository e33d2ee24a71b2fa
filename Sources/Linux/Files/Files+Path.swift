import CLinux
import Glibc

// Changes to what a path names, made through a descriptor: between a look at a path and a change by it, somebody who may
// write to the directory can put a link to another file there.
extension Files {
    /// Opens what a path names without reading it, and without following a link in its last part; what is of another kind
    /// is an error; without a kind only a link is. The corresponding C function is `open` with O_PATH and O_NOFOLLOW.
    package static func named(_ path: String, _ kind: FileStatus.Kind?) throws(SystemError) -> FileDescriptor {
        let flags = pathOnly | O_NOFOLLOW | O_CLOEXEC
        let file = FileDescriptor(owning: try system("open", path) { unsafe Glibc.open(path, flags) })
        let found = try file.status().kind
        guard kind.map({ $0 == found }) ?? (found != .link) else {
            let errno: Errno = found == .link ? .loop : kind == .directory ? .notADirectory : .invalid
            throw SystemError(call: "open", errno: errno, subject: path)
        }
        return file
    }

    /// O_PATH, which Glibc's module does not bring to Swift. Source: asm-generic/fcntl.h.
    static let pathOnly: CInt = 0o10000000

    /// Sets permission bits of a file of this kind (nil: of any); of anything else, and of a link, it is an error. The corresponding C
    /// function is `chmod`.
    package static func setMode(_ path: String, _ mode: UInt32, of kind: FileStatus.Kind? = nil) throws(SystemError) {
        let file = try named(path, kind)
        let number = file.number
        // (fchmod takes no descriptor of O_PATH before Linux 6.6.)
        _ = try system("chmod", path) { unsafe chmod("/proc/self/fd/\(number)", mode) }
    }

    /// Sets owner and group of a file of this kind; nil leaves one as it is. Of anything else, a link included, it is an
    /// error. The corresponding C function is `fchownat` with AT_EMPTY_PATH.
    package static func setOwner(
        _ path: String, uid: UInt32?, gid: UInt32?, of kind: FileStatus.Kind
    ) throws(SystemError) {
        let file = try named(path, kind)
        let number = file.number
        _ = try system("chown", path) { unsafe fchownat(number, "", uid ?? .max, gid ?? .max, emptyPath) }
    }

    /// AT_EMPTY_PATH. Source: linux/fcntl.h.
    private static let emptyPath: CInt = 0x1000

    /// Puts what `path` names at `other`, where nothing may be: EEXIST. The corresponding call is `renameat2` with
    /// RENAME_NOREPLACE.
    package static func renameToFree(_ path: String, to other: String) throws(SystemError) {
        _ = try system("rename", other) { unsafe clinux_rename(path, other, 1) }
    }

    /// Gives each of two files the name of the other, in one step. The corresponding call is `renameat2` with
    /// RENAME_EXCHANGE.
    package static func exchange(_ path: String, _ other: String) throws(SystemError) {
        _ = try system("rename", other) { unsafe clinux_rename(path, other, 2) }
    }
}

extension Socket {
    /// Gives a unix socket its path, with these permission bits from the first instant on: a later `chmod` by path could be
    /// led elsewhere by whoever may write to the directory. Bits that the umask forbids are there all the same. For a
    /// process with one thread: the umask is the process's own. The corresponding C functions are `fchmod`, `umask` and
    /// `bind`; source: net/unix/af_unix.c, unix_bind_bsd.
    package borrowing func bind(path: String, mode: UInt32) throws(SystemError) {
        let socket = number
        _ = try system("fchmod") { fchmod(socket, mode) }
        let mask = umask(0)
        defer { umask(mask) }
        try bind(.unix(path: path))
    }
}
