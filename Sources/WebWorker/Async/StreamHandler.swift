/// Handles one request in pieces: takes its body as it arrives, and gives the body of its answer as it is made.
///
/// It belongs to the loop's thread. Its exchange calls it, and it calls its exchange, now or in a later turn. After it
/// has ended or broken the answer, and after `cancelled`, it is not called any more, and its own calls do nothing. While
/// it is called it must not read into the turn's receive buffer: the piece that it is lent may lie there.
protocol StreamHandler: AnyObject {
    /// A piece of the request's body, never empty, lent for the time of the call; at most what one read gave. Pieces come
    /// until `holdBody`. After an upgrade these are the bytes of the other protocol.
    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn)
    /// The request's body is whole. Not called for a request without a body. After an upgrade: the client sends no more.
    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn)
    /// The client took most of what waited: `append` may go on, after it said that it should not.
    func goOn(_ client: StreamedExchange, _ turn: inout Turn)
    /// The exchange is over without the handler's doing: the client is gone or too slow, its body was refused, or the
    /// drain's time is up.
    func cancelled(_ client: StreamedExchange, _ turn: inout Turn)
    /// The worker drains from now on. What has its own end goes on to it; what has none should end soon.
    func drainBegan(_ client: StreamedExchange, _ turn: inout Turn)
}

extension StreamHandler {
    func drainBegan(_ client: StreamedExchange, _ turn: inout Turn) {}
}

/// An endpoint that answers in pieces.
protocol StreamEndpoint: Sendable {
    /// Begins to handle the request of an exchange. Its head is here. With `hasBody` the body comes later, in
    /// pieces, and `request.body` is empty; else there is none, or it is whole in there. The first `take` and `goOn` come after this has returned.
    func begin(
        _ request: Request, hasBody: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> any StreamHandler
}

/// The head of an answer whose body comes in pieces.
struct AnswerHead {
    let status: Status
    /// The field lines, each with its line end. Connection, Content-Length and Transfer-Encoding are the loop's, and so are
    /// Date unless `hasDate` and X-Request-Id unless `hasID`.
    var fields: [UInt8] = []
    /// The length of the body in bytes. Nil when it is not known: then the body goes in chunks, and to a client of HTTP/1.0
    /// until the connection closes.
    var length: Int?
    /// Whether the connection ends behind the answer if the request's body is not whole yet, and says so. False for one
    /// that is made of the body while that arrives.
    var endsEarly = false
    var hasDate = false
    /// True if `fields` carry the request's identifier.
    var hasID = false
    /// The body is sent as it is, whoever takes it compressed.
    var keepsBytes = false
}
