/// What an answer must know of its request.
struct Exchange {
    var isHead = false
    var isVersion10 = false
    /// Whether another request, or a part of one, was here behind this one when it was whole: it is answered even in a drain.
    var moreBytes = false
    /// The beginning of the turn in which the request was whole, in microseconds of the monotonic clock.
    var since: Int64 = 0
    /// The request's name, where requests have one.
    var id: RequestID?
    /// What the access log will say of it; nil without a log.
    var logged: LoggedRequest?
    /// Whether the access log says nothing of it.
    var isUnlogged = false
}
