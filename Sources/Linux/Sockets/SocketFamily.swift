import Glibc

/// The protocol family of a socket.
package enum SocketFamily: Sendable {
    /// AF_INET.
    case v4
    /// AF_INET6, which takes IPv4 connections too unless `.v6Only` is set.
    case v6
    /// AF_UNIX.
    case unix

    var number: CInt {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }
}
