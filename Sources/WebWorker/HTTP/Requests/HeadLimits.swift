/// The size beyond which a head is refused. Bytes count from the first one of the head, line ends included.
struct HeadLimits: Equatable, Sendable {
    /// The longest request line (414 beyond it). RFC 9112 section 3 asks for at least 8000.
    var maxRequestLineBytes = 8 * 1024 + 256
    /// The longest field line without its line end: 8190 bytes with it, as Apache and gunicorn have it (431 beyond it).
    var maxFieldBytes = 8188
    /// The largest head: request line and fields (431 beyond it).
    var maxHeadBytes = 32 * 1024
    /// The most fields (431 beyond it).
    var maxFields = 100
}
