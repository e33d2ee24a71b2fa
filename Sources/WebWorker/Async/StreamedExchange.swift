/// What the loop knows of an exchange that goes in pieces.
final class StreamedExchange {
    /// How the client finds the end of the answer's body.
    enum AnswerFraming: Equatable {
        /// There is no body: an answer to HEAD, or a status without one.
        case none
        /// So many bytes are still to come.
        case length(Int)
        case chunked
        /// The connection's close is the end (HTTP/1.0).
        case untilClose
        /// Another protocol, after an upgrade.
        case raw
    }

    /// Above so many bytes that the client has not taken the handler is told to stop.
    static let highWater = 64 * 1024
    /// Below so many it is told to go on.
    static let lowWater = 16 * 1024

    /// Names this exchange, and not the next one of the same connection: a number of its own, and the descriptor.
    let token: UInt64
    /// Set as soon as its endpoint has made it.
    var handler: (any StreamHandler)?
    let bodyFraming: BodyFraming
    var decoder = ChunkedDecoder()
    /// How many bytes of the request's body came.
    var received = 0
    /// From when the body's time is counted, in milliseconds of the monotonic clock, and how many bytes were here then.
    var since: Int64
    var receivedBefore = 0
    /// Whether the client waits for 100 before it sends the body.
    var owesContinue = false
    /// Whether another request was behind this one when it was read.
    let moreBytes: Bool

    var answerFraming = AnswerFraming.none
    /// Whether the handler was told to stop.
    var isPaused = false

    init(token: UInt64, _ bodyFraming: BodyFraming, since: Int64, moreBytes: Bool) {
        self.token = token
        self.bodyFraming = bodyFraming
        self.since = since
        self.moreBytes = moreBytes
    }
}
