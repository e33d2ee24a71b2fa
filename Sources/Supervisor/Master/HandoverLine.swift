internal import Linux

/// A socket that is connected to a generation's hand-over socket: what a draining worker is sent.
final class HandoverLine {
    let socket: Socket

    /// Connects to the socket at `path`.
    init(to path: String) throws(SystemError) {
        socket = try Socket.datagram(.unix)
        _ = try socket.connect(.unix(path: path))
    }
}
