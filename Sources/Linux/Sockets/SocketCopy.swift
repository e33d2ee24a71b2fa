/// A second descriptor of a socket, for a call on another thread (see ``BoundedCalls``): the first may be closed meanwhile.
package final class SocketCopy: Sendable {
    /// The socket, by this descriptor.
    package let socket: Socket

    /// Duplicates the descriptor of a socket.
    package init(of other: borrowing Socket) throws(SystemError) {
        socket = Socket(adopting: try other.descriptor.duplicate())
    }
}

extension Socket {
    /// Where it is bound; nil when that cannot be told, also since another process that holds the socket keeps its lock. The
    /// corresponding C function is `getsockname`; source: net/ipv4/af_inet.c, inet_getname.
    ///
    /// For a start, at which nothing else waits: on a busy machine a thread may not get its turn for long, and a lane that is
    /// not known would be lost.
    package borrowing func localAddressUnlessHeld() -> SocketAddress? {
        guard let copy = try? SocketCopy(of: self) else { return nil }
        return BoundedCalls().call(within: .seconds(3)) { try? copy.socket.localAddress() } ?? nil
    }
}
