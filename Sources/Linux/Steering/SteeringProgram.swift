/// What the kernel is to do with each new connection of a reuseport group, in words that a person can check.
///
/// The answer of the program is an index into the group: sockets in the order in which they began to listen. An index
/// that no socket has makes the kernel fall back to its hash over all. Source: socket(7), SO_ATTACH_REUSEPORT_CBPF;
/// net/core/sock_reuseport.c.
package struct SteeringProgram: Equatable, Sendable {
    /// The destination of connections that no rule names.
    package var base: Base
    /// Connections that go elsewhere: the first that fits decides.
    package var rules: [Rule]
    /// Networks whose connections have a base of their own, unless a rule names them; nil: none has.
    package var exemption: Exemption?

    /// Connections from some networks.
    package struct Exemption: Equatable, Sendable {
        /// Each is a test of its own: a few dozen fit into a program (BPF_MAXINSNS, linux/bpf_common.h).
        package let networks: [IPNetwork]
        /// The rule for connections from there.
        package let base: Base

        /// Connections from these networks go by `base`.
        package init(_ networks: [IPNetwork], base: Base) {
            self.networks = networks
            self.base = base
        }
    }

    /// The rule for connections in general.
    package enum Base: Equatable, Sendable {
        /// All to one socket.
        case constant(index: Int)
        /// `share` in 10,000 new connections, drawn at random, to one socket, the others to another.
        case weighted(index: Int, share: Int, others: Int)
    }

    /// One connection, known by both its ends, that goes to a socket of its own choice.
    package struct Rule: Equatable, Sendable {
        /// The client's end: its address and port. An IPv4 address may stand in its IPv6 form.
        package let source: SocketAddress
        /// The server's end; its port is the listener's and is not looked at.
        package let destination: SocketAddress
        /// The socket for it.
        package let index: Int

        /// True if a TCP connection can have these two ends: both IPv4 (in either form) or both IPv6.
        package var isPossible: Bool {
            switch (source.unmapped, destination.unmapped) {
            case (.v4, .v4), (.v6, .v6): true
            case (.v4, _), (.v6, _), (.unix, _), (.abstract, _), (.unnamed, _): false
            }
        }

        /// A rule for one connection.
        package init(source: SocketAddress, destination: SocketAddress, index: Int) {
            self.source = source
            self.destination = destination
            self.index = index
        }
    }

    /// A description; nothing is attached yet.
    package init(base: Base, rules: [Rule] = [], exemption: Exemption? = nil) {
        self.base = base
        self.rules = rules
        self.exemption = exemption
    }
}
