import CLinux
import Glibc

/// The unit in which data travels through a socket.
package enum SocketKind: Sendable {
    /// Bytes in order, without borders.
    case stream
    /// Messages, each in one piece.
    case datagram
    /// Messages with their bounds, over a connection (unix sockets).
    case sequencedPackets

    var number: CInt {
        switch self {
        case .stream: CInt(SOCK_STREAM.rawValue)
        case .datagram: CInt(SOCK_DGRAM.rawValue)
        case .sequencedPackets: CInt(SOCK_SEQPACKET.rawValue)
        }
    }
}
