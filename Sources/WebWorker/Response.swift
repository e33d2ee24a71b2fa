/// The answer of a handler.
public struct Response: Sendable, Equatable {
    /// The status code of the answer.
    public var status: Status
    /// The fields but those that are the server's own (see `ResponseHeaders`).
    public var headers: ResponseHeaders
    /// The body, sent with its Content-Length. Left out by itself in answers to HEAD, and for 204 and 304.
    public var body: [UInt8]
    /// What is written instead of `body` while it is sent. Equal only to itself: two responses with it are equal when one
    /// was made as a copy of the other.
    var stream: StreamedContent?

    /// An answer of bytes; `type` is its Content-Type.
    public init(status: Status = .ok, body: [UInt8] = [], type: String? = nil) {
        self.status = status
        self.body = body
        headers = ResponseHeaders()
        if let type { headers.add("Content-Type", type) }
    }

    /// An answer of plain text.
    public init(status: Status = .ok, text: String) {
        self.init(status: status, body: Array(text.utf8), type: "text/plain; charset=utf-8")
    }

    /// An answer of a page.
    public init(status: Status = .ok, html: String) {
        self.init(status: status, body: Array(html.utf8), type: "text/html; charset=utf-8")
    }

    /// An answer of JSON, already encoded.
    public init(status: Status = .ok, json: [UInt8]) {
        self.init(status: status, body: json, type: "application/json")
    }

    /// Sends the client elsewhere: by GET, unless another status says otherwise (301, 302, 307, 308).
    public static func redirect(to location: String, status: Status = .seeOther) -> Response {
        Response(status: status).with("Location", location)
    }

    /// The same answer with one field set.
    public func with(_ name: String, _ value: String) -> Response {
        var response = self
        response.headers[name] = value
        return response
    }
}
