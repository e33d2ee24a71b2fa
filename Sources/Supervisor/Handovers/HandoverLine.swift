internal import Handoff
internal import Linux

/// A socket that is connected to a generation's hand-over socket: what a draining worker is sent.
final class HandoverLine {
    let socket: Socket

    /// Connects to the socket at `path`.
    init(to path: String) throws(SystemError) {
        socket = try Socket.datagram(.unix)
        _ = try socket.connect(.unix(path: path))
    }

    /// Sends a connection of which nothing was read; false when it was not taken. The caller closes its own descriptor.
    func give(_ connection: borrowing Socket) -> Bool {
        let sent = try? socket.sendMessage(HandoverMessage(read: [[]]).bytes, descriptors: [connection.number])
        if case .bytes = sent { return true } else { return false }
    }
}
