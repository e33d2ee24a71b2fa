import Glibc

/// The protocol family of a socket.
package enum SocketFamily: Sendable {
    case v4, v6, unix

    var number: CInt {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }
}
