internal import Handoff
internal import Linux

/// A socket that is connected to a generation's hand-over socket: what a draining worker is sent.
final class HandoverLine {
    let socket: Socket
    /// The version of messages that whoever reads at its end takes.
    let version: Int

    /// Connects to the socket at `path`.
    init(to path: String, version: Int) throws(SystemError) {
        self.version = version
        socket = try Socket.datagram(.unix)
        _ = try socket.connect(.unix(path: path))
    }

    /// Sends a connection of which nothing was read; false when it was not taken. The caller closes its own descriptor.
    func give(_ connection: borrowing Socket, _ transport: HandoverMessage.Transport) -> Bool {
        let message = HandoverMessage(read: [[]], transports: [transport])
        guard message.version <= version else { return false }
        let sent = try? socket.sendMessage(message.bytes, descriptors: [connection.number])
        if case .bytes = sent { return true } else { return false }
    }
}
