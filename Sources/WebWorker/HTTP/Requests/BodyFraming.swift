/// How the end of a request's body is found (RFC 9112 section 6.3).
enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// This many bytes; never 0.
    case length(UInt64)
    /// Chunks.
    case chunked
}
