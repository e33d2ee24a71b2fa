import CLinux
import Glibc

extension Socket {
    /// Sets an option. The corresponding C function is `setsockopt`.
    package borrowing func set(_ option: SocketOption, to isOn: Bool) throws(SystemError) {
        try set(option.level, option.name, isOn ? 1 : 0)
    }

    /// Reads an option. The corresponding C function is `getsockopt`.
    package borrowing func isOn(_ option: SocketOption) throws(SystemError) -> Bool {
        try get(option.level, option.name, CInt(0)) != 0
    }

    /// The way `close` treats what was not sent: nil in the background, 0 with a reset. Source: socket(7), SO_LINGER.
    package borrowing func setLinger(seconds: Int?) throws(SystemError) {
        let socket = number
        var value = linger(l_onoff: seconds == nil ? 0 : 1, l_linger: CInt(clamping: seconds ?? 0))
        let size = socklen_t(MemoryLayout<linger>.size)
        _ = try system("setsockopt") { unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, size) }
    }

    /// Room for what was sent and not yet taken, in bytes (the kernel doubles it).
    package borrowing func setSendBuffer(bytes: Int) throws(SystemError) {
        try set(SOL_SOCKET, SO_SNDBUF, CInt(clamping: bytes))
    }

    /// Room for what arrived and was not yet read, in bytes (the kernel doubles it).
    package borrowing func setReceiveBuffer(bytes: Int) throws(SystemError) {
        try set(SOL_SOCKET, SO_RCVBUF, CInt(clamping: bytes))
    }

    /// How much a TCP socket takes of what it cannot send yet, in bytes: beyond it a call to send takes nothing more, and
    /// the socket counts as writable when half of that is left. What is under way to the peer does not count. The option is
    /// TCP_NOTSENT_LOWAT; source: tcp(7) and Documentation/networking/ip-sysctl.rst.
    package borrowing func setUnsentLimit(bytes: Int) throws(SystemError) {
        try set(CInt(IPPROTO_TCP), 25, CInt(clamping: bytes))
    }

    /// How much the peer of a TCP connection says it takes now, in bytes; `UInt32.max` where the kernel does not tell
    /// (before Linux 5.4). The option is TCP_INFO, its field `tcpi_snd_wnd`.
    package borrowing func peerWindow() throws(SystemError) -> UInt32 {
        let socket = number
        var window: UInt32 = 0
        _ = try system("getsockopt") { unsafe clinux_peer_window(socket, &window) }
        return window
    }

    /// How many bytes that were sent the peer has not acknowledged, those among them that are still here; on a unix socket
    /// how much memory takes what it has not read. The corresponding call is `ioctl` with SIOCOUTQ; source: tcp(7).
    package borrowing func unacknowledged() throws(SystemError) -> Int {
        let socket = number
        var bytes: CInt = 0
        _ = try system("ioctl") { unsafe clinux_unacknowledged(socket, &bytes) }
        return Int(bytes)
    }

    /// How many bytes of the next message of a datagram socket are there to be read; 0: nothing waits. It takes no lock that
    /// a reader holds. The corresponding call is `ioctl` with FIONREAD; source: unix(7), net/unix/af_unix.c, `unix_inq_len`.
    package borrowing func unread() throws(SystemError) -> Int {
        let socket = number
        var bytes: CInt = 0
        _ = try system("ioctl") { unsafe clinux_unread(socket, &bytes) }
        return Int(bytes)
    }

    /// A connection is there to be accepted only when data has come, for so long. The option is TCP_DEFER_ACCEPT.
    package borrowing func deferAccept(seconds: Int) throws(SystemError) {
        try set(CInt(IPPROTO_TCP), 9, CInt(clamping: seconds))
    }

    /// The error that waits on the socket, taken away: how a `connect` ended. The option is SO_ERROR.
    package borrowing func takeError() throws(SystemError) -> Errno? {
        let value: CInt = try get(SOL_SOCKET, SO_ERROR, 0)
        return value == 0 ? nil : Errno(rawValue: value)
    }

    /// A number that names this socket for as long as the machine runs. The option is SO_COOKIE.
    package borrowing func cookie() throws(SystemError) -> UInt64 {
        try get(SOL_SOCKET, 57, UInt64(0))
    }

    /// True for a socket that listens, or did. The option is SO_ACCEPTCONN.
    package borrowing func isListening() throws(SystemError) -> Bool {
        try get(SOL_SOCKET, SO_ACCEPTCONN, CInt(0)) != 0
    }

    /// True if bytes travel through it in order, without borders. The option is SO_TYPE.
    package borrowing func isStream() throws(SystemError) -> Bool {
        try get(SOL_SOCKET, SO_TYPE, CInt(0)) == SocketKind.stream.number
    }

    /// True for a TCP socket. The option is SO_PROTOCOL.
    package borrowing func isTCP() throws(SystemError) -> Bool {
        try get(SOL_SOCKET, SO_PROTOCOL, CInt(0)) == CInt(IPPROTO_TCP)
    }

    borrowing func set(_ level: CInt, _ name: CInt, _ value: CInt) throws(SystemError) {
        let socket = number
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        _ = try system("setsockopt") { unsafe setsockopt(socket, level, name, &value, size) }
    }

    borrowing func get<Value: BitwiseCopyable>(_ level: CInt, _ name: CInt, _ room: Value) throws(SystemError) -> Value
    {
        let socket = number
        var value = room
        var size = socklen_t(MemoryLayout<Value>.size)
        _ = try system("getsockopt") { unsafe getsockopt(socket, level, name, &value, &size) }
        return value
    }
}
