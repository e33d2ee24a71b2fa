import CLinux
import Glibc

/// Handshakes that have begun and are not over. Source: sock_diag(7); net/ipv4/inet_diag.c.
package enum Handshakes {
    /// Whether any is under way at a port of this machine, over IPv4 or IPv6; true also where the kernel does not tell.
    ///
    /// The kernel looks through all its connections and tells of those that are meant, so this takes the time of one look
    /// (about a millisecond), however many there are that are not.
    package static func areUnderWay(atPort port: UInt16) -> Bool { longest(atPort: port) > .zero }

    /// How long ago the oldest of them can have begun; zero: none is under way.
    ///
    /// The kernel tells how often it has repeated its answer, which it does after 1, 2, 4 seconds and so on. Where the
    /// listener waits for the first bytes (TCP_DEFER_ACCEPT) it repeats nothing: there this is too short. Source: tcp(7),
    /// tcp_synack_retries; net/ipv4/inet_connection_sock.c, reqsk_timer_handler.
    package static func longest(atPort port: UInt16) -> Duration {
        let v4 = clinux_handshake_retries(AF_INET, port)
        guard v4 >= 0 else { return .seconds(1 << 20) }
        // (A kernel without IPv6 has none over it.)
        let most = max(v4, clinux_handshake_retries(AF_INET6, port))
        guard most > 0 else { return .zero }
        let age = Duration.seconds((1 << min(most, 16)) - 1)
        return age + age / 8 + lateness
    }

    /// How late the kernel may be with it, beside the eighth by which its timers may each be late (kernel/time/timer.c).
    private static let lateness = Duration.milliseconds(200)
}
