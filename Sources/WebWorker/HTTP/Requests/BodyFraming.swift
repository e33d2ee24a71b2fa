/// The framing of a request's body (RFC 9112 section 6.3).
enum BodyFraming: Equatable, Sendable {
    case none
    /// This many bytes; never 0.
    case length(UInt64)
    case chunked
}
