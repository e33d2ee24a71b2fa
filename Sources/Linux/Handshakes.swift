/// Handshakes that have begun and are not over. Source: proc_net_tcp(5), state 03 (TCP_SYN_RECV); net/ipv4/tcp_ipv4.c.
package enum Handshakes {
    /// So much of the kernel's list is read at most, in bytes.
    private static let mostBytes = 8 << 20

    /// Whether any is under way at a port of this machine; true also where the kernel does not tell, or its list is long.
    ///
    /// The list is read a page at a time. One that is missed has begun, or ended, while it was read.
    package static func areUnderWay(atPort port: UInt16) -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return contains("/proc/net/tcp", ending)
            || (Files.kind("/proc/net/tcp6") != nil && contains("/proc/net/tcp6", ending))
    }

    private static func contains(_ path: String, _ ending: String) -> Bool {
        guard let file = try? Files.open(path) else { return true }
        var (rest, part, total) = ([UInt8](), [UInt8](repeating: 0, count: 65536), 0)
        while case .bytes(let count) = try? file.read(into: &part), count > 0 {
            total += count
            guard total <= mostBytes else { return true }
            rest += part.prefix(count)
            guard let end = rest.lastIndex(of: 10) else { continue }
            for line in rest[..<end].split(separator: 10) where isHandshake(line, ending) { return true }
            rest.removeSubrange(...end)
        }
        return false
    }

    /// A line has a number, the local address, the remote one and the state.
    private static func isHandshake(_ line: ArraySlice<UInt8>, _ ending: String) -> Bool {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
        return words.count > 3 && words[3].elementsEqual("03".utf8) && words[1].suffix(5).elementsEqual(ending.utf8)
    }
}
