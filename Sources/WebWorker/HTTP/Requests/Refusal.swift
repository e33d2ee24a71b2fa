/// Why a request is refused before anybody handles it. Each reason has one status; after each the connection ends.
enum Refusal: Equatable, Sendable {
    /// A control character where none may stand (RFC 9110 section 5.5).
    case controlCharacter
    /// A line feed without its carriage return, or a carriage return alone (RFC 9112 section 2.2).
    case bareLineEnd
    /// A request line that is not `method SP target SP version` (RFC 9112 section 3).
    case requestLine
    /// A target in none of the four forms, or in one that does not go with the method (RFC 9112 section 3.2).
    case target
    /// A version other than HTTP/1.x (RFC 9112 section 2.3).
    case version
    /// A field line without name or colon, with a name that is no token, with space before the colon (RFC 9112 section 5.1).
    case field
    /// A folded line (RFC 9112 section 5.2).
    case foldedLine
    /// No Host, several, or one that is no host and port (RFC 9112 section 3.2).
    case host
    /// A Content-Length that is no number, or more than one of them (RFC 9112 section 6.3).
    case contentLength
    /// A Transfer-Encoding beside a Content-Length, in HTTP/1.0, or malformed (RFC 9112 section 6.1).
    case transferEncoding
    /// A transfer coding that we do not know (RFC 9112 section 6.1).
    case unknownCoding
    /// A chunk size, extension, delimiter or trailer against the grammar (RFC 9112 section 7.1).
    case chunk
    /// CONNECT: this is no proxy (RFC 9110 section 9.3.6).
    case connect
    /// An expectation other than 100-continue (RFC 9110 section 10.1.1).
    case expectation
    /// The request line is longer than the limit.
    case targetTooLong
    /// The head is longer, or has more fields, than the limit.
    case headTooLarge
    /// The body is larger than the limit.
    case bodyTooLarge
    /// The head or the body did not arrive in time.
    case tooSlow
    /// There is no room for the body, in memory or on the disk.
    case noRoom

    var status: Status {
        switch self {
        case .controlCharacter, .bareLineEnd, .requestLine, .target, .field, .foldedLine, .host, .contentLength,
            .transferEncoding, .chunk:
            .badRequest
        case .version: .httpVersionNotSupported
        case .unknownCoding, .connect: .notImplemented
        case .expectation: .expectationFailed
        case .targetTooLong: .uriTooLong
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .tooSlow: .requestTimeout
        case .noRoom: .serviceUnavailable
        }
    }
}
