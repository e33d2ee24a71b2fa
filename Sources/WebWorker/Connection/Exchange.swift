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
    /// It came over https; looked up only where the site has a rule for that.
    var isSecure = false
    /// The request's name, where requests have one.
    var id: RequestID?
    /// The request's part of its access log line; nil without a log.
    var logged: LoggedRequest?
    /// The request gets no access log line.
    var isUnlogged = false
}
