import Linux

/// Source addresses as the command line gives them: `127.0.0.2`, `127.0.0.2-127.0.0.33` or `::1`.
enum SourceRange {
    /// The most addresses of one range.
    static let maxCount: UInt32 = 4_096

    /// Reads one address or a range of IPv4 addresses; the ports are 0.
    static func parse(_ name: String, _ text: String) throws(UsageError) -> [SocketAddress] {
        if let address = IPv6Address(text) { return [.v6(address, port: 0, scope: 0)] }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count <= 2, let first = ends.first.flatMap(IPv4Address.init),
            let last = ends.last.flatMap(IPv4Address.init), first.number <= last.number,
            last.number - first.number < maxCount
        else {
            throw UsageError("\(name) \(text): expected an address, or two with - between, at most \(maxCount) in all")
        }
        return (first.number...last.number).map { .v4(IPv4Address($0), port: 0) }
    }
}
