internal import Linux

/// The proxies in front of us whose word on the client counts: addresses and networks, and `unix` for all who connect to a
/// unix socket.
struct TrustedProxies: Equatable, Sendable {
    private struct Network: Equatable, Sendable {
        let high: UInt64
        let low: UInt64
        let highMask: UInt64
        let lowMask: UInt64

        func contains(_ high: UInt64, _ low: UInt64) -> Bool {
            high & highMask == self.high && low & lowMask == self.low
        }
    }

    private var networks: [Network] = []
    private var trustsUnix = false

    init() {}

    var isEmpty: Bool { networks.isEmpty && !trustsUnix }

    /// Reads a list such as `["10.0.0.0/8", "2001:db8::1", "unix"]`; nil with an entry that is none of these.
    init?(_ entries: [String]) {
        for entry in entries {
            if entry == "unix" {
                trustsUnix = true
                continue
            }
            guard let network = Self.network(entry) else { return nil }
            networks.append(network)
        }
    }

    static func isEntry(_ entry: String) -> Bool { entry == "unix" || network(entry) != nil }

    /// IPv4 addresses count as themselves in their IPv6 form too.
    func contains(_ address: SocketAddress) -> Bool {
        switch address {
        case .v4(let address, _): contains(Self.mapped(address))
        case .v6(let address, _, _): contains((address.high, address.low))
        case .unix, .abstract, .unnamed: trustsUnix
        }
    }

    private func contains(_ number: (high: UInt64, low: UInt64)) -> Bool {
        for network in networks where network.contains(number.high, number.low) { return true }
        return false
    }

    private static func mapped(_ address: IPv4Address) -> (high: UInt64, low: UInt64) {
        (0, 0xffff_0000_0000 | UInt64(address.number))
    }

    private static func network(_ entry: String) -> Network? {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let (number, width): ((high: UInt64, low: UInt64), Int)
        if let address = IPv4Address(String(parts[0])) {
            (number, width) = (mapped(address), 32)
        } else if let address = IPv6Address(String(parts[0])) {
            (number, width) = ((address.high, address.low), 128)
        } else {
            return nil
        }
        var bits = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0.decimalDigit != nil }), let given = Int(parts[1]), given <= width else {
                return nil
            }
            bits = given
        }
        bits += 128 - width
        let highMask = bits >= 64 ? UInt64.max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
        let lowMask = bits <= 64 ? 0 : bits == 128 ? UInt64.max : ~(UInt64.max >> UInt64(bits - 64))
        return Network(
            high: number.high & highMask, low: number.low & lowMask, highMask: highMask, lowMask: lowMask)
    }
}
