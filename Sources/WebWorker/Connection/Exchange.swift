/// Facts of a request that its answer needs.
struct Exchange {
    var isHead = false
    var isVersion10 = false
    /// Where in the site the request is.
    var place = SitePlace()
    /// Another request, or a part of one, follows in the buffer: it is answered even in a drain.
    var moreBytes = false
    /// The beginning of the turn in which the request was whole, in microseconds of the monotonic clock.
    var since: Int64 = 0
    /// The client would rather have its answer compressed by gzip; looked up only where that is done.
    private(set) var takesGzip = false
    /// It has a copy that was compressed, by its entity tag; looked up only where that is done.
    private(set) var hasWeakTag = false
    /// Its answer is a file that others get compressed, and whose fields do not say so.
    var variesByCoding = false
    /// It came over https; looked up only where the site has a rule for that.
    var isSecure = false
    /// The request's name, where requests have one.
    var id: RequestID?
    /// The request's part of its access log line; nil without a log.
    var logged: LoggedRequest?
    /// The request gets no access log line.
    var isUnlogged = false

    /// Knows nothing of a request.
    init() {}

    /// Of a request whose head is whole.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, moreBytes: Bool, compresses: Bool) {
        isHead = head.method == .head
        isVersion10 = head.minorVersion == 0
        self.moreBytes = moreBytes
        if compresses { noteCodings(head, bytes) }
    }

    private mutating func noteCodings(_ head: RequestHead, _ bytes: Span<UInt8>) {
        var accepted = AcceptedGzip()
        for field in head.fields {
            let (name, value) = (field.name.range, field.value.range)
            switch name.count {
            case 13 where bytes.equalsIgnoringCase("if-none-match", at: name):
                hasWeakTag = hasWeakTag || EntityTag.hasMark(value, bytes)
            case 15 where bytes.equalsIgnoringCase("accept-encoding", at: name): accepted.note(value, bytes)
            default: break
            }
        }
        takesGzip = accepted.isPreferred
    }
}
