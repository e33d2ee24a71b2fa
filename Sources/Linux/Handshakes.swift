import CLinux
import Glibc

/// Handshakes that have begun and are not over. Source: sock_diag(7); net/ipv4/inet_diag.c.
package enum Handshakes {
    /// Whether any is under way at a port of this machine, over IPv4 or IPv6; true also where the kernel does not tell.
    ///
    /// The kernel looks through all its connections and tells of those that are meant, so this takes the time of one look
    /// (about a millisecond), however many there are that are not.
    package static func areUnderWay(atPort port: UInt16) -> Bool {
        // (A kernel without IPv6 has none over it.)
        clinux_has_handshake(AF_INET, port) != 0 || clinux_has_handshake(AF_INET6, port) == 1
    }
}
