import CLinux
import Glibc

/// The address of a socket or of its peer. Source: ip(7), ipv6(7), unix(7).
package enum SocketAddress: Hashable, Sendable {
    /// An IPv4 address and a TCP port.
    case v4(IPv4Address, port: UInt16)
    /// An IPv6 address and a TCP port; `scope` is the interface's index for link-local addresses, else 0.
    case v6(IPv6Address, port: UInt16, scope: UInt32)
    /// A name in the file system, at most 107 bytes.
    case unix(path: String)
    /// A name outside of the file system, without its leading NUL, at most 107 bytes of UTF-8.
    case abstract(name: String)
    /// A unix socket that was never bound.
    case unnamed

    /// The most bytes that a unix socket's path may have: `sun_path` less its NUL.
    package static let maxPathBytes = 107

    /// The family of a socket that can have this address.
    package var family: SocketFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        case .unix, .abstract, .unnamed: .unix
        }
    }

    /// The TCP port; nil for unix sockets.
    package var port: UInt16? {
        switch self {
        case .v4(_, let port), .v6(_, let port, _): port
        case .unix, .abstract, .unnamed: nil
        }
    }

    /// An IPv4 address that came in its IPv6 form (::ffff:a.b.c.d, as a dual-stack socket tells it) as what it is on the
    /// wire; any other address as it stands.
    package var unmapped: SocketAddress {
        guard case .v6(let address, let port, _) = self, address.high == 0, address.low >> 32 == 0xffff else {
            return self
        }
        return .v4(IPv4Address(UInt32(truncatingIfNeeded: address.low)), port: port)
    }

    /// The same address with another TCP port; unix addresses stay as they are.
    package func withPort(_ port: UInt16) -> SocketAddress {
        switch self {
        case .v4(let address, _): .v4(address, port: port)
        case .v6(let address, _, let scope): .v6(address, port: port, scope: scope)
        case .unix, .abstract, .unnamed: self
        }
    }
}
