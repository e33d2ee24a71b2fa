import CLinux
import Glibc

/// The file that a unix socket is bound to, held whatever becomes of its name: who may write to the directory can give the
/// name to another file at any moment.
package final class SocketFile: Sendable {
    private let file: FileDescriptor
    /// Which file it is.
    package let identity: FileIdentity

    /// The file of a bound socket. The kernel tells which it is (SIOCUNIXFILE, since Linux 4.12; needs CAP_NET_ADMIN). For a
    /// process without that right it is the socket of its own user at `path`; anything else there is an error.
    package init(of socket: borrowing Socket, at path: String) throws(SystemError) {
        let told = clinux_unix_file(socket.number)
        file = told >= 0 ? FileDescriptor(owning: told) : try Files.named(path, .socket)
        let status = try file.status()
        guard told >= 0 || status.uid == ThisProcess.uid else {
            throw SystemError(call: "open", errno: .exists, subject: path)
        }
        identity = FileIdentity(status)
    }

    /// An address for connects of this process alone: it leads to the socket without the name. Source: proc(5),
    /// /proc/pid/fd.
    package var address: SocketAddress { .unix(path: place) }

    private var place: String { "/proc/self/fd/\(file.number)" }

    /// Gives it another name, which nothing may have: EEXIST. When it has none any more it is an error. The corresponding C
    /// function is `linkat` with AT_SYMLINK_FOLLOW.
    package func link(as path: String) throws(SystemError) {
        let place = place
        _ = try system("link", path) { unsafe linkat(AT_FDCWD, place, AT_FDCWD, path, AT_SYMLINK_FOLLOW) }
    }
}

/// Which file a name leads to.
package struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// The file that was looked at.
    package init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }

    /// Nil when there is none. A link is not followed.
    package init?(_ path: String) {
        guard let status = try? Files.status(path, followingLinks: false) else { return nil }
        self.init(status)
    }
}
