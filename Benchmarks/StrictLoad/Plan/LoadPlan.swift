package import Linux

/// What a run does: whom it asks, how, how long, and what it takes for a good answer.
package struct LoadPlan: Equatable, Sendable {
    /// How a client uses its connection.
    package enum Mode: String, Sendable, CaseIterable {
        /// Request after request on one connection.
        case keepAlive = "keepalive"
        /// A connection a request; the client asks for `Connection: close`, and the server closes.
        case closeByServer = "close"
        /// A connection a request; the client closes behind the answer without having said so.
        case closeByClient = "close-by-client"
        /// Kept connections that think between requests, as browsers do.
        case idle
        /// POST on kept connections: the head and half of the body, a pause, the other half. The answer is the body.
        case post
    }

    package var address: SocketAddress
    package var mode = Mode.keepAlive
    /// How many clients, each with one connection at a time.
    package var connections = 32
    /// How long requests are begun; nil until `requests` or a signal.
    package var duration: Nanoseconds?
    /// How many requests are begun, at the most.
    package var requests: Int?
    package var path = "/version"
    /// The value of the Host field.
    package var host: String
    /// A status in none of these ranges is a failure.
    package var expectedStatus = [200...200]
    /// A body that is none of these is a failure; empty takes every body.
    package var expectedBodies: [[UInt8]] = []
    /// How long a client waits between an answer and its next request; drawn evenly from the range each time.
    package var think: ClosedRange<Nanoseconds> = 0...0
    /// How long POST waits between its halves.
    package var pause: Nanoseconds = 20_000_000
    /// The length of POST's body.
    package var bodyByteCount = 1_024
    /// Counted from the request's begin, apart for connecting and for answering.
    package var timeout: Nanoseconds = 10_000_000_000
    /// Requests a second by all clients together; nil as fast as answers come.
    package var rate: Int?
    /// Addresses that connections come from, in turn; none leaves the choice to the kernel.
    package var sources: [SocketAddress] = []
    /// Whether a version that comes back is a failure.
    package var isMonotonic = false
    /// Whether the server may close an idle connection.
    package var allowsIdleClose = false
    /// Whether the run ends at the first failure, after the answers under way.
    package var stopsAtFailure = false
    /// Where the random think times start from.
    package var seed: UInt64 = 1

    /// The defaults, for `address`.
    package init(address: SocketAddress) {
        self.address = address
        host = address.port == nil ? "localhost" : address.description
        sources = Self.loopbackSources(for: address)
    }

    /// 127.0.0.2 to 127.0.0.33 for a loopback address of IPv4, since a single one has only some 28,000 ports.
    package static func loopbackSources(for address: SocketAddress) -> [SocketAddress] {
        guard case .v4(let target, _) = address, target.number >> 24 == 127 else { return [] }
        return (2...33).map { .v4(IPv4Address(0x7f00_0000 + $0), port: 0) }
    }
}
