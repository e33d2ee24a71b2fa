import CLinux
import Glibc

/// The one owner of a socket: close-on-exec and non-blocking from birth. Source: socket(7), tcp(7), unix(7).
package struct Socket: ~Copyable, Sendable {
    /// The descriptor, which closes with the socket.
    package let descriptor: FileDescriptor

    /// Whether processes that are not trusted may have the same open file. Whether calls wait is a flag of it that each
    /// of them may change at any moment; calls that carry bytes then say each time that they do not wait.
    package var isShared = false

    /// The descriptor's number, lent.
    package var number: CInt { descriptor.number }

    /// Added to the flags of each call that carries bytes.
    var waitFlags: CInt { isShared ? CInt(MSG_DONTWAIT) : 0 }

    /// Takes over a descriptor that is a socket, as inherited or received; its flags stay as they are.
    package init(adopting descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// A new socket. The corresponding C function is `socket`.
    package init(_ kind: SocketKind, _ family: SocketFamily) throws(SystemError) {
        let type = kind.number | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        descriptor = FileDescriptor(owning: try system("socket") { socket(family.number, type, 0) })
    }

    /// A new stream socket.
    package static func stream(_ family: SocketFamily) throws(SystemError) -> Socket { try Socket(.stream, family) }

    /// A new datagram socket.
    package static func datagram(_ family: SocketFamily) throws(SystemError) -> Socket { try Socket(.datagram, family) }

    /// Gives the descriptor away.
    package consuming func release() -> FileDescriptor { descriptor }

    /// Names the socket. The corresponding C function is `bind`.
    package borrowing func bind(_ address: SocketAddress) throws(SystemError) {
        let socket = number
        try unsafe address.withNative(for: "bind") { (native, length) throws(SystemError) in
            _ = try system("bind", address.description) { unsafe clinux_bind(socket, native, length) }
        }
    }

    /// Begins to accept; `backlog` connections may wait (the kernel's limit is net.core.somaxconn). A second call
    /// changes the backlog. The corresponding C function is `listen`.
    package borrowing func listen(backlog: Int) throws(SystemError) {
        let socket = number
        _ = try system("listen") { Glibc.listen(socket, CInt(clamping: backlog)) }
    }

    /// The immediate result of `connect`.
    package enum ConnectResult: Equatable, Sendable {
        /// The connection is made, and data can flow.
        case connected
        /// Writable means decided: then ask `takeError()`.
        case inProgress
    }

    /// Begins to connect. A non-blocking unix socket never is in progress: when the listener's queue is full, that is the
    /// error EAGAIN, and nothing has begun. The corresponding C function is `connect`.
    package borrowing func connect(_ address: SocketAddress) throws(SystemError) -> ConnectResult {
        let socket = number
        return try unsafe address.withNative(for: "connect") { (native, length) throws(SystemError) in
            switch uninterrupted({ unsafe clinux_connect(socket, native, length) }) {
            case .success, .failure(.isConnected): return .connected
            // EALREADY: a signal interrupted the call on a blocking socket, and the connect goes on.
            case .failure(.inProgress), .failure(.alreadyInProgress): return .inProgress
            case .failure(let errno): throw SystemError(call: "connect", errno: errno, subject: address.description)
            }
        }
    }

    /// Ends one direction or both. On a listening socket this takes it out of service for everyone who holds it. The
    /// corresponding C function is `shutdown`.
    package borrowing func shutdown(_ direction: Direction) throws(SystemError) {
        let socket = number
        _ = try system("shutdown") { Glibc.shutdown(socket, direction.number) }
    }

    /// A direction of a stream.
    package enum Direction: Sendable {
        /// The receiving direction (SHUT_RD).
        case read
        /// The sending direction (SHUT_WR).
        case write
        /// Both directions (SHUT_RDWR).
        case both

        var number: CInt {
            switch self {
            case .read: CInt(SHUT_RD)
            case .write: CInt(SHUT_WR)
            case .both: CInt(SHUT_RDWR)
            }
        }
    }

    /// The address of this end. The corresponding C function is `getsockname`.
    package borrowing func localAddress() throws(SystemError) -> SocketAddress {
        let socket = number
        return try unsafe SocketAddress.native("getsockname") { unsafe clinux_getsockname(socket, $0, $1) }
    }

    /// The address of the other end. The corresponding C function is `getpeername`.
    package borrowing func peerAddress() throws(SystemError) -> SocketAddress {
        let socket = number
        return try unsafe SocketAddress.native("getpeername") { unsafe clinux_getpeername(socket, $0, $1) }
    }
}
