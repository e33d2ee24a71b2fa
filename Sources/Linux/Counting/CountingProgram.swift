/// What the kernel counts of HTTP/1 on the connections of certain listeners, in words that a person can check. It looks at the
/// first bytes of each TCP segment's payload, and lets every segment through.
///
/// A listener that is to be counted is given a ``Connection`` record, of which the kernel gives each connection that comes out
/// of it a copy (BPF_F_CLONE): so a connection is known by its listener, whoever accepts it, and nothing else is looked at,
/// least of all what a server asks of others. The records go with their sockets. Source: net/core/bpf_sk_storage.c.
///
/// | stage | segment | counted | next |
/// |---|---|---|---|
/// | fresh, answered | to us, begins with the method of a request | a request | open |
/// | fresh, open | from us, begins with `HTTP/1.` and a status | an answer, and how long it took if it was open | answered |
/// | fresh, open | the same with 1xx, but not 101 | nothing | as it was |
/// | fresh, open | the same with 101 | an answer | foreign |
/// | fresh, answered | to us, begins with `PRI `, as HTTP/2 does | nothing | foreign |
/// | open | from us with FIN, or RST from either side | a request without an answer | answered |
/// | any | any other | nothing | as it was |
///
/// So a body that looks like a head is not counted: not in a request, which is open, nor in an answer, behind which the
/// connection is answered. A request that was sent again, by its sequence number, is not either. Where the first request was
/// not seen (it came with the handshake, or behind a PROXY header), its answer stands for it.
///
/// What it cannot see: an answer's head in the middle of a segment, as when small answers to pipelined requests are sent at
/// once (such requests mostly come in one segment too, and count as one); a status that is sent in parts; TLS; HTTP/2; unix
/// sockets; IPv6 segments with extension headers.
package struct CountingProgram: Equatable, Sendable {
    /// The segments that it looks at.
    package enum Direction: CaseIterable, Sendable {
        /// Those that come (BPF_CGROUP_INET_INGRESS).
        case requests
        /// Those that go (BPF_CGROUP_INET_EGRESS).
        case answers
    }

    /// The segments of this program.
    package let direction: Direction
    /// The maps that it reads and writes.
    let maps: Maps

    /// Maps by descriptors of this process.
    struct Maps: Equatable, Sendable {
        /// By socket: ``Connection``.
        let connections: CInt
        /// By slot: ``Counter``.
        let counters: CInt
        /// By endpoint: who connects from there is a probe.
        let probes: CInt
    }

    /// The instructions for the kernel.
    var instructions: [UInt64] { CountingAssembler.assemble(self) }

    /// The progress of a connection.
    enum Stage: Int32 {
        /// Nothing was asked yet.
        case fresh
        /// A request waits for its answer.
        case open
        /// The last request was answered.
        case answered
        /// It speaks something else now.
        case foreign
    }

    /// The record of a connection, by the places of its fields.
    enum Connection {
        /// 32 bits: the slot in which it is counted.
        static let slot = 0
        /// 32 bits: ``Stage``.
        static let stage = 4
        /// 64 bits: when the request came, in nanoseconds of CLOCK_MONOTONIC; 0: nobody knows.
        static let since = 8
        /// 32 bits: the sequence number up to which the client was heard when the last answer went out.
        static let sequence = 16
        /// 8 bits: a probe of ours.
        static let isProbe = 20
        /// 8 bits: an answer has gone out on it.
        static let isMet = 21
        /// 8 bits: a number that is written down to be read again, so that the verifier takes it for unknown.
        static let choice = 22

        static let byteCount = 24
    }

    /// The counters of a slot: 64 bits each, at the place that its number says.
    enum Counter: Int {
        /// Requests that came.
        case requests
        /// Answers by the first digit of their status; 501 and 505 are with the 4xx, as for ``/Handoff/Scoreboard``: they are
        /// about what a client sent.
        case informational, success, redirection, clientError, serverError
        /// Answers to probes, which are in no other number.
        case probes
        /// Requests whose connection ended before an answer.
        case unanswered
        /// Connections on which an answer went out.
        case connections

        var offset: Int { rawValue * 8 }
    }

    /// The first of the durations, `latencyBuckets` numbers: bucket n counts answers that took at least 2^(n/2) microseconds
    /// and less than 2^((n+1)/2); the last one is open at the top.
    static let latencyStart = 16
    static let latencyBuckets = 64
    static let counterBytes = (latencyStart + latencyBuckets) * 8

    /// An endpoint: 16 bytes of address, of which IPv4 has the first 4, and the port, both in network order.
    static let endpointBytes = 24
}
