/// A response's head as places in the buffer that it was parsed from. It is right only beside those bytes.
struct ResponseHead: Sendable {
    /// The status code, 100 to 999.
    var status = 0
    /// The words behind the code; may be empty.
    var reason = ByteRange.empty
    /// 0 or 1: HTTP/1.0 or HTTP/1.1.
    var minorVersion: UInt8 = 1
    var fields: [RequestHead.Field] = []
    var framing = ResponseFraming.untilClose
    /// The value of Content-Length, also where no body follows (an answer to HEAD).
    var contentLength: UInt64?
    /// The server lets the connection live on (RFC 9112 section 9.3).
    var isPersistent = true

    /// A final answer is still to come (RFC 9110 section 15.2). 101 is final here: what follows is not HTTP.
    var isInterim: Bool { status < 200 && status != 101 }

    /// Forgets everything and keeps the memory of `fields`.
    mutating func reset() {
        fields.removeAll(keepingCapacity: true)
        framing = .untilClose
        contentLength = nil
        isPersistent = true
    }
}

/// The framing of a response's body (RFC 9112 section 6.3).
enum ResponseFraming: Equatable, Sendable {
    /// There is no body: the answer to HEAD, and 1xx, 204, 304.
    case none
    /// This many bytes; may be 0.
    case length(UInt64)
    case chunked
    /// All that comes until the server closes.
    case untilClose
}

/// Why a server's response cannot be taken: the client gets 502 for it.
enum ResponseFault: Equatable, Sendable {
    /// A control character where none may stand.
    case controlCharacter
    /// A line feed without its carriage return, or a carriage return alone.
    case bareLineEnd
    /// Not `HTTP/1.x SP code SP reason` (RFC 9112 section 4).
    case statusLine
    /// A field line without name or colon, or with a name that is no token.
    case field
    /// A folded line (RFC 9112 section 5.2).
    case foldedLine
    /// A Content-Length that is no number, or more than one.
    case contentLength
    /// A Transfer-Encoding that is not `chunked` alone, in HTTP/1.0, or beside a Content-Length (RFC 9112 section 6.1).
    case transferEncoding
    /// The head has more bytes or fields than the limit.
    case headTooLarge
    case interim
    /// 101 although no upgrade was asked for.
    case unaskedUpgrade
    /// A chunk against the grammar (RFC 9112 section 7.1).
    case chunk
    /// A FastCGI record against the specification, or an answer that ends without a head.
    case record
    /// A script's answer that ends before its Content-Length.
    case shortBody

    /// Words for a line of the log.
    var description: StaticString {
        switch self {
        case .controlCharacter: "a control character in the head"
        case .bareLineEnd: "a line of the head that does not end in CRLF"
        case .statusLine: "no status line"
        case .field: "a malformed field"
        case .foldedLine: "a folded field line"
        case .contentLength: "a wrong Content-Length"
        case .transferEncoding: "a wrong Transfer-Encoding"
        case .headTooLarge: "an oversized head"
        case .interim: "too many interim answers"
        case .unaskedUpgrade: "an upgrade that was not requested"
        case .chunk: "a malformed chunk"
        case .record: "a malformed FastCGI record"
        case .shortBody: "fewer bytes than its Content-Length"
        }
    }
}
