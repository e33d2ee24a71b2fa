/// Limits and time-outs of a worker. The defaults suit a site on the open network.
public struct Configuration: Sendable, Equatable {
    /// The longest request line, in bytes; a longer one is answered with 414.
    public var maxRequestLineBytes = HeadLimits().maxRequestLineBytes
    /// The largest head, in bytes; a larger one is answered with 431.
    public var maxHeadBytes = HeadLimits().maxHeadBytes
    /// The most fields of a head; more are answered with 431.
    public var maxFields = HeadLimits().maxFields
    /// The largest body, in bytes; a larger one is answered with 413.
    public var maxBodyBytes = 8 << 20
    /// The most bytes of bodies that are in memory while they arrive, of all connections together. A body that would exceed
    /// it, unless it is there alone, goes into a file (see `spoolDirectory`), and is read when it is whole.
    public var maxArrivingBodyBytes = 64 << 20
    /// The time limit of a head from its first byte; then 408.
    public var headTimeout = Duration.seconds(20)
    /// The time limit of a body; then 408. Each `minBodyRate` bytes that arrive extend it by a second.
    public var bodyTimeout = Duration.seconds(20)
    /// The slowest sender of a body that is waited for, in bytes a second.
    public var minBodyRate = 1024
    /// The time a connection may stay open without a request.
    public var idleTimeout = Duration.seconds(75)
    /// The time a client may take none of an answer: acknowledge nothing, or less than 1 KiB a second.
    public var writeTimeout = Duration.seconds(30)
    /// The time a client may go on sending after the last answer, so that it can read that answer.
    public var lingerTimeout = Duration.seconds(5)
    /// The most handlers that may block at one time; more requests wait.
    public var maxBlockingHandlers = 64
    /// The most requests that wait for such a handler; more are answered with 503.
    public var maxWaitingHandlers = 1024
    /// The most bytes of the bodies of requests that wait for a handler that may block.
    public var maxWaitingBodyBytes = 64 << 20
    /// The most fields that are read of a query or a form; the rest is left out (see `FormFields.isCut`).
    public var maxFormFields = FormFields.maxFields
    /// Where bodies are written down that are kept for slow peers (`UpstreamSettings.wholeBodies`) or exceed
    /// `maxArrivingBodyBytes`, in files without names; nil: in TMPDIR, else in /tmp.
    public var spoolDirectory: String?
    /// The most bytes in these files at one time. Beyond it uploads are answered with 503, and servers wait for their clients.
    public var maxSpooledBytes = 1 << 30
    /// Whether a client that has closed its sending side while its answer is made still gets it. By default it does not:
    /// nobody can tell it from a client that has gone, whose request is cancelled, as nginx does (499).
    public var answersHalfClosed = false
    /// The time that requests may still take after SIGTERM; deployd's DRAIN message brings its own.
    public var drainTimeout = Duration.seconds(30)
    /// The proxies in front whose X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and Forwarded are believed:
    /// `["10.0.0.0/8", "::1", .unix]`.
    public var trustedProxies: [TrustedProxy] = []
    /// Whether connections of trusted proxies may begin with a PROXY header (version 1 or 2), which then says who the client
    /// is. Set it only when these proxies send one.
    public var proxyProtocol = false
    /// Whether every request gets an identifier: of 32 hexadecimal digits, or the one that a trusted proxy has given to it in
    /// X-Request-Id. It is in `Request.id`, the access log, the answer's X-Request-Id, and goes to servers behind.
    public var requestIDs = false
    /// Whether answers say in Server-Timing how long the worker took for them, in milliseconds. Whoever can see the answer
    /// can see that.
    public var serverTiming = false
    /// What is compressed while it is sent; nil: nothing. What lies compressed beside a file is sent in any case
    /// (`FileOptions.precompressed`).
    ///
    /// Where a page has a secret in it, and beside that text that a stranger can choose, the length of its compressed form tells of
    /// the secret (BREACH): leave such paths out (`PathRule.compresses`).
    public var compression: Compression?
    /// The address to listen at if no socket was passed and PORT is not set.
    public var address: ServerAddress = "127.0.0.1:8080"

    /// The most connections of other workers that are held at a time; nil: what `AdoptionRoom` says.
    var maxAdopted: Int?

    /// A configuration with the default of every setting.
    public init() {}

    var headLimits: HeadLimits {
        var limits = HeadLimits()
        limits.maxRequestLineBytes = maxRequestLineBytes
        limits.maxHeadBytes = maxHeadBytes
        limits.maxFields = maxFields
        return limits
    }
}
