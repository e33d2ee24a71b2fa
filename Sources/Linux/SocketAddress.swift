import CLinux
import Glibc

/// Where a socket is bound or connected to. Source: ip(7), ipv6(7), unix(7).
package enum SocketAddress: Hashable, Sendable {
    case v4(IPv4Address, port: UInt16)
    /// `scope` is the interface's index for link-local addresses, else 0.
    case v6(IPv6Address, port: UInt16, scope: UInt32)
    /// A name in the file system, at most 107 bytes.
    case unix(path: String)
    /// A name outside of the file system, without its leading NUL, at most 107 bytes.
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

    /// The same address with another TCP port; unix addresses stay as they are.
    package func withPort(_ port: UInt16) -> SocketAddress {
        switch self {
        case .v4(let address, _): .v4(address, port: port)
        case .v6(let address, _, let scope): .v6(address, port: port, scope: scope)
        case .unix, .abstract, .unnamed: self
        }
    }
}

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

extension SocketAddress: CustomStringConvertible {
    /// Reads "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", "unix:/run/x.sock" or "unix:@name"; names are not looked up.
    package init?(parsing text: String) {
        if text.hasPrefix("unix:@") {
            let name = String(text.dropFirst(6))
            guard !name.isEmpty, name.utf8.count <= Self.maxPathBytes else { return nil }
            self = .abstract(name: name)
        } else if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { return nil }
            self = .unix(path: path)
        } else {
            guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]),
                let address = Self.internet(String(text[..<colon]), port: port)
            else { return nil }
            self = address
        }
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt16(text)
    }

    private static func internet(_ host: String, port: UInt16) -> SocketAddress? {
        guard host.hasPrefix("["), host.hasSuffix("]") else { return IPv4Address(host).map { .v4($0, port: port) } }
        let parts = host.dropFirst().dropLast().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPv6Address(String(first)) else { return nil }
        guard parts.count == 2 else { return .v6(address, port: port, scope: 0) }
        return UInt32(parts[1]).map { .v6(address, port: port, scope: $0) }
    }

    /// The form that `init(parsing:)` reads.
    package var description: String {
        switch self {
        case .v4(let address, let port): "\(address):\(port)"
        case .v6(let address, let port, let scope):
            scope == 0 ? "[\(address)]:\(port)" : "[\(address)%\(scope)]:\(port)"
        case .unix(let path): "unix:\(path)"
        case .abstract(let name): "unix:@\(name)"
        case .unnamed: "unix:"
        }
    }
}
