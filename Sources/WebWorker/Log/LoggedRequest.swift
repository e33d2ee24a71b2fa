internal import Linux

/// The request's part of an access log line, kept until the answer is out.
final class LoggedRequest {
    /// The client's address; empty on a unix socket.
    let client: String
    let method: [UInt8]
    let target: [UInt8]
    let minorVersion: UInt8
    let host: [UInt8]
    let referer: [UInt8]
    let agent: [UInt8]
    /// The client's connection is encrypted.
    let isSecure: Bool
    let id: RequestID?
    /// The end of the head, in microseconds of the monotonic clock.
    let since: Int64
    /// The status of an answer that goes in pieces, and how many bytes of its body were given so far.
    var status: Status?
    var bytes = 0

    init(_ head: RequestHead, _ bytes: Span<UInt8>, of client: LoggedClient, id: RequestID?, since: Int64) {
        self.client = ClientIdentity.text(client.address)
        isSecure = client.isSecure
        method = bytes.bytes(head.methodToken.range)
        target = bytes.bytes(head.target.range)
        minorVersion = head.minorVersion
        host = bytes.bytes(head.authority.range)
        referer = head.value(of: "referer", in: bytes).map { bytes.bytes($0.range) } ?? []
        agent = head.value(of: "user-agent", in: bytes).map { bytes.bytes($0.range) } ?? []
        self.id = id
        self.since = since
    }
}

/// The client's part of an access log line.
struct LoggedClient {
    let address: SocketAddress
    let isSecure: Bool
}

/// The answer's part of an access log line.
struct LoggedAnswer {
    /// The address of whoever the answer goes to, for a request that could not be read; empty when it is not known.
    let peer: String
    let status: Status
    /// Of the body, without what frames it, as far as the kernel took it.
    let bytes: Int
    /// From the request's head until the answer was sent, or given up.
    let microseconds: Int64
}
