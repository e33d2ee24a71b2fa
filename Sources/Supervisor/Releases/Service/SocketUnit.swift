internal import Linux

/// The socket unit beside a service: systemd holds the site's addresses, and starts the service when somebody connects.
/// Source: systemd.socket(5).
struct SocketUnit: Equatable, Sendable {
    /// As systemctl is told: `deployd.socket`.
    let name: String
    /// Where systemd listens.
    let addresses: [SocketAddress]

    /// The one that goes with an installed unit by its name; nil: there is none.
    init?(of unit: InstalledUnit) {
        name = "\(unit.name).socket"
        let texts = unit.texts(of: name)
        guard !texts.isEmpty else { return nil }
        addresses = Self.addresses(texts)
    }

    /// Those of the addresses at which systemd listens for it now, as far as this user sees: nobody else whom he sees does.
    var held: [SocketAddress] {
        addresses.filter { address in
            let inodes = Self.inodes(at: address)
            return !inodes.isEmpty && SocketHolders.find(inodes).keys.allSatisfy { $0 == 1 }
        }
    }

    /// Whether systemd itself listens there, for some socket unit. Only root sees it.
    static func isManagers(_ address: SocketAddress) -> Bool { SocketHolders.find(inodes(at: address))[1] != nil }

    private static func inodes(at address: SocketAddress) -> Set<UInt64> {
        switch address {
        case .v4, .v6: ListenerRoll.inodes(onPortOf: address)
        case .unix(let path): UnixRoll.inodes { $0 == path }
        case .abstract(let name): UnixRoll.inodes { $0 == "@\(name)" }
        case .unnamed: []
        }
    }

    /// The addresses that a unit and the files that add to it name; an empty one forgets those before.
    static func addresses(_ texts: [String]) -> [SocketAddress] {
        let key = "ListenStream="
        var addresses: [SocketAddress] = []
        for line in texts.flatMap({ $0.split(separator: "\n") }) where line.hasPrefix(key) {
            let value = line.dropFirst(key.count).filter { $0 != " " }
            addresses = value.isEmpty ? [] : addresses + [address(value)].compactMap(\.self)
        }
        return addresses
    }

    /// "80" is every address of both families, "/run/x" a path, "@x" an abstract name.
    private static func address(_ value: String) -> SocketAddress? {
        if value.hasPrefix("/") || value.hasPrefix("@") { return SocketAddress(parsing: "unix:\(value)") }
        return SocketAddress(parsing: value.allSatisfy(\.isNumber) ? "[::]:\(value)" : value)
    }
}
