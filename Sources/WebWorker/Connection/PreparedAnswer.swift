/// An answer as bytes of the wire, but for Date, Connection and the end of its head, which each sending adds.
///
/// A class, so that sending it counts one reference and not one for each of its parts.
final class PreparedAnswer: Sendable {
    let status: Status
    /// Status line and fields.
    let head: [UInt8]
    let body: [UInt8]

    /// Encodes a response; nil when it is written while it is sent, or cannot be sent (see
    /// `encode`).
    init?(_ response: Response) {
        var head: [UInt8] = []
        guard response.stream == nil, Self.encode(response, to: &head) else { return nil }
        self.head = head
        status = response.status
        body = response.status.forbidsBody ? [] : response.body
    }

    /// Appends status line, fields and Content-Length. False, and the buffer as it was, when the status is an interim one
    /// or a field cannot be sent (see `ResponseHeaders.write`).
    static func encode(_ response: Response, to bytes: inout [UInt8]) -> Bool {
        guard response.status.rawValue >= 200 else { return false }  // Interim answers are the server's own.
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
