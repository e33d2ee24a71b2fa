extension SocketAddress: CustomStringConvertible {
    /// Reads "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", "unix:/run/x.sock" or "unix:@name"; names are not looked up.
    package init?(parsing text: String) {
        if text.hasPrefix("unix:@") {
            let name = String(text.dropFirst(6))
            guard !name.isEmpty, name.utf8.count <= Self.maxPathBytes else { return nil }
            self = .abstract(name: name)
        } else if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
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
        guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
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
