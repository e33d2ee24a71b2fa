import CLinux
import Glibc

/// The process at the other end of a unix socket. Source: unix(7), struct ucred.
package struct PeerCredentials: Equatable, Sendable {
    /// The process, as seen from this pid namespace.
    package let pid: Int32
    /// The effective user of the process.
    package let uid: UInt32
    /// The effective group of the process.
    package let gid: UInt32

    /// Credentials that came with a message.
    package init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    /// Asks for the process that connected to a unix socket, as the kernel saw it then. The option is SO_PEERCRED.
    package init(behind socket: borrowing Socket) throws(SystemError) {
        let socket = socket.number
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
        _ = try system("getsockopt") { unsafe clinux_peer_credentials(socket, &pid, &uid, &gid) }
        self.init(pid: pid, uid: uid, gid: gid)
    }

    /// SO_PEERGROUPS, which Glibc's module does not bring to Swift. Source: asm-generic/socket.h.
    private static let groupsOption: CInt = 59

    /// The supplementary groups of the process that connected to a unix stream socket, as they were then. The option is
    /// SO_PEERGROUPS (Linux 4.13).
    package static func groups(behind socket: borrowing Socket) throws(SystemError) -> [UInt32] {
        let socket = socket.number
        let width = MemoryLayout<gid_t>.stride
        var groups = [gid_t](repeating: 0, count: 64)
        while true {
            var size = socklen_t(groups.count * width)
            let result = uninterrupted { unsafe getsockopt(socket, SOL_SOCKET, groupsOption, &groups, &size) }
            switch result {
            case .success: return Array(groups.prefix(Int(size) / width))
            // Too little room: the kernel has said how much it wants.
            case .failure(Errno(rawValue: ERANGE)) where Int(size) / width > groups.count:
                groups = [gid_t](repeating: 0, count: Int(size) / width)
            case .failure(let errno): throw SystemError(call: "getsockopt", errno: errno)
            }
        }
    }
}
