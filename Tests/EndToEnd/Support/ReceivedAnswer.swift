import Testing

/// An answer with a Content-Length, at the front of what came over a connection.
struct ReceivedAnswer {
    let head: String
    let body: String
    /// So many bytes it takes.
    let byteCount: Int

    /// Nil: it is not whole yet.
    init?(atFrontOf received: [UInt8]) throws {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
        head = String(decoding: received[..<end], as: UTF8.self)
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
        byteCount = end + (try #require(field.flatMap { Int($0.dropFirst(16)) }, "\(head)"))
        guard received.count >= byteCount else { return nil }
        body = String(decoding: received[end..<byteCount], as: UTF8.self)
    }
}
