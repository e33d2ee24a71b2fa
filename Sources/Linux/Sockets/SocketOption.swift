import CLinux
import Glibc

/// A yes-or-no option of a socket. Source: socket(7), tcp(7), ipv6(7), ip(7).
package struct SocketOption: Sendable {
    let level: CInt
    let name: CInt

    /// Bind to an address whose old connections are still in TIME_WAIT.
    package static let reuseAddress = SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR)
    /// Join the group of sockets that listen on the same address.
    package static let reusePort = SocketOption(level: SOL_SOCKET, name: SO_REUSEPORT)
    /// Find out that a silent peer is gone.
    package static let keepAlive = SocketOption(level: SOL_SOCKET, name: SO_KEEPALIVE)
    /// Attach the sender's credentials to every message that arrives.
    package static let passCredentials = SocketOption(level: SOL_SOCKET, name: SO_PASSCRED)
    /// Whether descriptors may be sent to it. On without being asked; Linux 6.16, which Glibc's module does not know yet.
    /// Source: include/uapi/asm-generic/socket.h, SO_PASSRIGHTS.
    package static let passDescriptors = SocketOption(level: SOL_SOCKET, name: 83)
    /// Leave IPv4 to another socket.
    package static let v6Only = SocketOption(level: CInt(IPPROTO_IPV6), name: IPV6_V6ONLY)
    /// Send small segments at once; inherited by accepted connections.
    package static let noDelay = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_NODELAY)
    /// Take a handshake for ended only when the client has sent something.
    package static let deferAccept = SocketOption(level: CInt(IPPROTO_TCP), name: TCP_DEFER_ACCEPT)
    /// Choose the source port at `connect`, when the destination is known, so that many connections share a port.
    package static let bindAddressNoPort = SocketOption(level: CInt(IPPROTO_IP), name: 24)
}
