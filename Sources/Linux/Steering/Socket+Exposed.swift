import CLinux
import Glibc

// A socket that processes hold which are not trusted: each of them may set its options, and take it out of service.
extension Socket {
    /// SO_LOCK_FILTER, which Glibc's module does not bring to Swift. Source: asm-generic/socket.h.
    private static let lockFilterOption: CInt = 44

    /// From now on nobody can attach a program to it, nor, through it, to the reuseport group that it belongs to: that goes
    /// through another socket of the group. It cannot be undone. The option is SO_LOCK_FILTER; source: socket(7) and
    /// net/core/filter.c.
    package borrowing func lockProgram() throws(SystemError) { try set(SOL_SOCKET, Self.lockFilterOption, 1) }

    /// Lets every packet in again, where a filter was attached. The option is SO_DETACH_FILTER.
    package borrowing func removeFilter() throws(SystemError) {
        do { try set(SOL_SOCKET, SO_DETACH_FILTER, 0) } catch {
            // There was none.
            if error.errno != .notFound { throw error }
        }
    }

    /// SO_BINDTOIFINDEX (Linux 5.1), which Glibc's module does not bring to Swift. Source: asm-generic/socket.h.
    fileprivate static let deviceOption: CInt = 62

    /// Binds it to a network device, as a worker may. The option is SO_BINDTOIFINDEX.
    package borrowing func bindDevice(_ number: CInt) throws(SystemError) {
        try set(SOL_SOCKET, Self.deviceOption, number)
    }

    /// The number of the network device that it is bound to; 0: none. A listening socket with a device comes before all that
    /// have none, and when it begins to listen it joins no group of theirs. The option is SO_BINDTOIFINDEX.
    package borrowing func boundDevice() throws(SystemError) -> CInt { try get(SOL_SOCKET, Self.deviceOption, CInt(0)) }

    /// Takes the device from it. Needs CAP_NET_RAW, although to bind it to one needs nothing. The option is
    /// SO_BINDTOIFINDEX; source: net/core/sock.c, sock_bindtoindex_locked.
    package borrowing func unbindDevice() throws(SystemError) { try set(SOL_SOCKET, Self.deviceOption, 0) }

    /// Lets others be bound beside it, whatever those who hold it have set: a socket that is bound to an address without
    /// SO_REUSEPORT may keep new ones from it.
    package borrowing func letOthersBind() throws(SystemError) {
        try set(.reuseAddress, to: true)
        try set(.reusePort, to: true)
    }

    /// Gives the socket to a user whom nobody is. Once it is shut down, nobody who still holds it can make it listen again
    /// beside the sockets of its former owner: those of a reuseport group are of one user. Needs CAP_CHOWN. The
    /// corresponding C function is `fchown`; source: net/socket.c, sockfs_setattr.
    package borrowing func disown() throws(SystemError) {
        let socket = number
        _ = try system("fchown") { fchown(socket, 0x7fff_fffe, gid_t.max) }
    }
}

extension ThisProcess {
    /// From now on this process, and whatever it becomes or starts, cannot change through a socket that it inherits who gets
    /// the connections of others: the kernel refuses the options by which a group loses its program, and by which a socket
    /// leaves its group (for a device, or for the front of the kernel's list, where one without SO_REUSEPORT gets all), with
    /// EPERM; and io_uring, through which options can be set unseen.
    ///
    /// Needs CAP_SYS_ADMIN, or a service without new privileges (systemd.exec(5), NoNewPrivileges=); EACCES where neither is
    /// so, ENOSYS on a machine that is not known here. It says nothing to a process that was not started from here. The
    /// corresponding C function is `seccomp`; source: seccomp(2).
    package static func forbidChangingSteering() throws(SystemError) {
        let options = [Socket.detachOption, SO_BINDTODEVICE, Socket.deviceOption, SO_REUSEPORT]
        _ = try system("seccomp") { unsafe clinux_forbid_socket_options(options, options.count) }
    }
}
