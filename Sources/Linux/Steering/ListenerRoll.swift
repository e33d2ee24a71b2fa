import CLinux
import Glibc

/// Who listens at an address, in the order in which they began to. Source: sock_diag(7), proc_net_tcp(5);
/// net/ipv4/inet_hashtables.c, `inet_hash`: an IPv4 socket is put before those of its address, an IPv6 one that has
/// SO_REUSEPORT behind them.
///
/// Nobody can hide here: who leaves a reuseport group and joins it again stands at the end.
package enum ListenerRoll {
    /// A way to the kernel's list. Both tell it in the same order.
    package enum Source: CaseIterable, Sendable {
        /// Only the sockets of the port are told. Not every sandbox lets it through, and not every kernel has it.
        case netlink
        /// All that listen on the machine, as lines of text.
        case proc
    }

    /// The inodes of the sockets that listen at exactly this address, the one that joined first in front; nil where the
    /// kernel does not tell.
    ///
    /// The kernel gives the list a page at a time, and between two pages sockets come and go, so that one may be left out
    /// that was there all the while: what counts is what was read twice alike.
    package static func inodes(at address: SocketAddress, from sources: [Source] = Source.allCases) -> [UInt64]? {
        guard let port = address.port else { return nil }
        let meant = address.withoutScope
        func readOnce() -> [UInt64]? {
            let found = read(address.family, port, sources)?.filter { $0.address == meant }.map(\.inode)
            return address.family == .v4 ? found?.reversed() : found
        }
        var last = readOnce()
        for _ in 0..<mostReadings {
            let next = readOnce()
            if next == last { return next }
            last = next
        }
        return nil
    }

    private static let mostReadings = 50

    /// The inodes of the sockets that listen on the port of this address, at whichever address of the machine: what may
    /// stand in its way.
    package static func inodes(onPortOf address: SocketAddress) -> Set<UInt64> {
        guard let port = address.port else { return [] }
        return Set(both(port).map(\.inode))
    }

    /// The same for the host of this address, on whichever port: for a port that the kernel chose.
    package static func inodes(onHostOf address: SocketAddress) -> Set<UInt64> {
        let host = address.withoutScope.withPort(0)
        return Set(both(0).filter { $0.address.withPort(0) == host }.map(\.inode))
    }

    private typealias Entry = (address: SocketAddress, inode: UInt64)

    private static func both(_ port: UInt16) -> [Entry] {
        [.v4, .v6].flatMap { read($0, port, Source.allCases) ?? [] }
    }

    /// The listeners at a port, or (0) at any, from the first source that tells.
    private static func read(_ family: SocketFamily, _ port: UInt16, _ sources: [Source]) -> [Entry]? {
        for source in sources {
            switch source {
            case .netlink: if let found = ask(family, port) { return found }
            case .proc: if let found = readLines(family, port) { return found }
            }
        }
        return nil
    }

    private static func ask(_ family: SocketFamily, _ port: UInt16) -> [Entry]? {
        var found = [clinux_listener](repeating: clinux_listener(), count: 64)
        while true {
            let count = unsafe Int(clinux_listeners(family.number, port, &found, CInt(found.count)))
            guard count >= 0 else { return nil }
            guard count > found.count else {
                return found.prefix(count).map {
                    (address(IPv6Address($0.address), port: $0.port, of: family), UInt64($0.inode))
                }
            }
            found = [clinux_listener](repeating: clinux_listener(), count: 2 * count)
        }
    }

    /// The kernel lists listening sockets before all others, so what is read does not depend on how many connections
    /// there are.
    private static func readLines(_ family: SocketFamily, _ port: UInt16) -> [Entry]? {
        guard let file = try? Files.open(family == .v4 ? "/proc/net/tcp" : "/proc/net/tcp6") else { return nil }
        var found: [Entry] = []
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
                guard let address = address(words[1], of: family), let inode = UInt64(words[9]) else { continue }
                if port == 0 || address.port == port { found.append((address, inode)) }
            }
        }
        return found
    }

    /// "0100007F:1F90": the address in words of four bytes, as this machine has numbers.
    private static func address(_ text: Substring, of family: SocketFamily) -> SocketAddress? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
        var words: [UInt64] = []
        for start in stride(from: 0, to: parts[0].utf8.count, by: 8) {
            guard let word = UInt32(parts[0].dropFirst(start).prefix(8), radix: 16) else { return nil }
            words.append(UInt64(word.bigEndian))
        }
        words += [UInt64](repeating: 0, count: max(0, 4 - words.count))
        let whole = IPv6Address(high: words[0] << 32 | words[1], low: words[2] << 32 | words[3])
        return address(whole, port: port, of: family)
    }

    /// An IPv4 address stands in the first bytes.
    private static func address(_ whole: IPv6Address, port: UInt16, of family: SocketFamily) -> SocketAddress {
        family == .v4
            ? .v4(IPv4Address(UInt32(whole.high >> 32)), port: port) : .v6(whole, port: port, scope: 0)
    }
}

extension SocketAddress {
    /// As the kernel's list has it.
    fileprivate var withoutScope: SocketAddress {
        if case .v6(let address, let port, _) = self { .v6(address, port: port, scope: 0) } else { self }
    }
}
