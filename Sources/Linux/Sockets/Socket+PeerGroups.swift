import CLinux
import Glibc

extension Socket {
    /// SO_PEERGROUPS, which Glibc's module does not bring to Swift. Source: asm-generic/socket.h.
    private static let peerGroupsOption: CInt = 59

    /// The supplementary groups of the process at the other end of this unix stream socket, as they were when it
    /// connected. The option is SO_PEERGROUPS (Linux 4.13).
    package borrowing func peerGroups() throws(SystemError) -> [UInt32] {
        let socket = number
        let width = MemoryLayout<gid_t>.stride
        var groups = [gid_t](repeating: 0, count: 64)
        while true {
            var size = socklen_t(groups.count * width)
            let result = uninterrupted { unsafe getsockopt(socket, SOL_SOCKET, Self.peerGroupsOption, &groups, &size) }
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
