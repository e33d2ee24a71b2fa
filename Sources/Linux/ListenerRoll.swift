/// Who listens at an address, in the order in which they began to. Source: proc_net_tcp(5); net/ipv4/inet_hashtables.c,
/// `inet_hash`: an IPv4 socket is put before those of its address, an IPv6 one that has SO_REUSEPORT behind them.
///
/// Nobody can hide here: who leaves a reuseport group and joins it again stands at the end.
package enum ListenerRoll {
    /// The inodes of the sockets that listen at exactly this address, the one that joined first in front; nil where the
    /// kernel does not tell.
    ///
    /// The kernel lists listening sockets before all others, so what is read does not depend on how many connections
    /// there are. It gives the list a page at a time, and between two pages sockets come and go, so that one may be left
    /// out that was there all the while: what counts is what was read twice alike.
    package static func inodes(at address: SocketAddress) -> [UInt64]? {
        var last = readOnce(address)
        for _ in 0..<mostReadings {
            let next = readOnce(address)
            if next == last { return next }
            last = next
        }
        return nil
    }

    private static let mostReadings = 50

    private static func readOnce(_ address: SocketAddress) -> [UInt64]? {
        switch address {
        case .v4(let ip, let port): read("/proc/net/tcp", "\(hex(ip)):\(hex(port))").map { $0.reversed() }
        case .v6(let ip, let port, _): read("/proc/net/tcp6", "\(hex(ip)):\(hex(port))")
        case .unix, .abstract, .unnamed: nil
        }
    }

    /// The inodes of the sockets that listen on the port of this address, at whichever address of the machine: what may
    /// stand in its way.
    package static func inodes(onPortOf address: SocketAddress) -> Set<UInt64> {
        guard let port = address.port else { return [] }
        return both { $0.hasSuffix(":\(hex(port))") }
    }

    /// The same for the host of this address, on whichever port: for a port that the kernel chose.
    package static func inodes(onHostOf address: SocketAddress) -> Set<UInt64> {
        switch address {
        case .v4(let ip, _): both { $0.hasPrefix("\(hex(ip)):") }
        case .v6(let ip, _, _): both { $0.hasPrefix("\(hex(ip)):") }
        case .unix, .abstract, .unnamed: []
        }
    }

    private static func both(_ isMeant: (Substring) -> Bool) -> Set<UInt64> {
        Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { read($0, isMeant) ?? [] })
    }

    private static func read(_ path: String, _ address: String) -> [UInt64]? { read(path) { $0 == address } }

    private static func read(_ path: String, _ isMeant: (Substring) -> Bool) -> [UInt64]? {
        guard let file = try? Files.open(path) else { return nil }
        var found: [UInt64] = []
        var rest: [UInt8] = []
        // Not more at a time: the kernel makes the lines when they are asked for.
        var part = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try? file.read(into: &part), count > 0 {
            rest += part.prefix(count)
            while let end = rest.firstIndex(of: 10) {
                let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
                rest.removeSubrange(...end)
                guard words.count > 9, words[0].hasSuffix(":") else { continue }
                if words[3] != "0A" { return found }
                if isMeant(words[1]), let inode = UInt64(words[9]) { found.append(inode) }
            }
        }
        return found
    }

    // In words of four bytes, as this machine has numbers.
    private static func hex(_ address: IPv4Address) -> String { hex(address.number) }

    private static func hex(_ address: IPv6Address) -> String {
        [address.high >> 32, address.high, address.low >> 32, address.low].map { hex(UInt32(truncatingIfNeeded: $0)) }
            .joined()
    }

    private static func hex(_ word: UInt32) -> String { digits(UInt64(word.bigEndian), 8) }
    private static func hex(_ port: UInt16) -> String { digits(UInt64(port), 4) }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
