import CLinux

/// The kernel's figures for a listening TCP socket.
package struct ListenerInfo: Equatable, Sendable {
    /// False after somebody's `shutdown`: the state is no longer TCP_LISTEN.
    package let isListening: Bool
    /// Connections that are established and not accepted yet.
    package let acceptQueue: Int
    /// The most that may wait.
    package let backlog: Int
}

extension Socket {
    /// State and queue of a listening TCP socket. The corresponding C function is `getsockopt` with TCP_INFO, which
    /// for a listener has the queue's length in `tcpi_unacked` and its limit in `tcpi_sacked` (net/ipv4/tcp.c).
    package borrowing func listenerInfo() throws(SystemError) -> ListenerInfo {
        let socket = number
        var state: UInt8 = 0
        var queue: UInt32 = 0
        var backlog: UInt32 = 0
        _ = try system("getsockopt") { unsafe clinux_listener_info(socket, &state, &queue, &backlog) }
        return ListenerInfo(isListening: state == 10, acceptQueue: Int(queue), backlog: Int(backlog))
    }
}
