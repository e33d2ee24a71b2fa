/// An answer as bytes of the wire, but for Date, Connection and the end of its head, which each sending adds.
struct PreparedAnswer: Sendable {
    let status: Status
    /// Status line and fields.
    let head: [UInt8]
    let body: [UInt8]

    /// An answer whose head was written elsewhere.
    init(status: Status, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }

    /// Encodes a response; nil when its fields cannot be sent (see `Headers.write`).
    init?(_ response: Response) {
        var head: [UInt8] = []
        guard Self.encode(response, to: &head) else { return nil }
        self.head = head
        status = response.status
        body = response.status.forbidsBody ? [] : response.body
    }

    /// Appends status line, fields and Content-Length. Where it returns false the buffer is as it was.
    static func encode(_ response: Response, to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        bytes.append(statusLine: response.status)
        guard response.headers.write(to: &bytes) else {
            bytes.removeLast(bytes.count - start)
            return false
        }
        if !response.status.forbidsBody { bytes.append(contentLength: response.body.count) }
        return true
    }
}
