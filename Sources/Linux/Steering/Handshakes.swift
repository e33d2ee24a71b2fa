import CLinux
import Glibc

/// Handshakes that had begun and were not over at one moment, over IPv4 or IPv6. Source: sock_diag(7);
/// net/ipv4/inet_diag.c.
package struct Handshakes {
    /// How long a handshake may take that began before steering changed: as long as the kernel repeats its answer, which
    /// it does after 1, 2, 4 seconds and so on. Source: tcp(7), tcp_synack_retries.
    package static let patience: Duration = {
        let text = (try? Files.read("/proc/sys/net/ipv4/tcp_synack_retries")).map {
            String(decoding: $0, as: UTF8.self)
        }
        let retries = text.flatMap { Int($0.split(separator: "\n").first ?? "") } ?? 5
        return .seconds((0...max(0, min(retries, 10))).reduce(1) { $0 + min(1 << $1, 120) })
    }()

    /// 1 more than the most that the kernel has repeated its answer, by port; nil: it does not tell.
    private let retries: [UInt8]?

    /// Looks at these ports of this machine.
    ///
    /// The kernel looks through all its connections, which takes about a millisecond for all ports together.
    package init(atPorts ports: Set<UInt16>) {
        var retries = [UInt8](repeating: 0, count: 1 << 16)
        guard let first = ports.first else {
            self.retries = retries
            return
        }
        let port = ports.count == 1 ? first : 0
        let isTold = unsafe clinux_handshake_retries(AF_INET, port, &retries) == 0
        // (A kernel without IPv6 has none over it.)
        _ = unsafe clinux_handshake_retries(AF_INET6, port, &retries)
        self.retries = isTold ? retries : nil
    }

    /// True if a handshake is under way at a port, or the kernel does not tell.
    package func areUnderWay(atPort port: UInt16) -> Bool { longest(atPort: port) > .zero }

    /// How long ago the oldest of them can have begun; zero: none is under way.
    ///
    /// The kernel tells how often it has repeated its answer, which it does after 1, 2, 4 seconds and so on. Where the
    /// listener waits for the first bytes (TCP_DEFER_ACCEPT) it repeats nothing: there this is too short. Source: tcp(7),
    /// tcp_synack_retries; net/ipv4/inet_connection_sock.c, reqsk_timer_handler.
    package func longest(atPort port: UInt16) -> Duration {
        guard let most = retries?[Int(port)] else { return .seconds(1 << 20) }
        guard most > 0 else { return .zero }
        let age = Duration.seconds((1 << min(most, 16)) - 1)
        return age + age / 8 + Self.lateness
    }

    /// The delay of the kernel, beside the eighth by which its timers may each be late (kernel/time/timer.c).
    private static let lateness = Duration.milliseconds(200)
}
