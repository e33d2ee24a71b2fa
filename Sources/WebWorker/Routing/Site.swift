/// Code that answers a request. It may be called on any thread; a handler that is not marked as blocking runs on the
/// worker's only loop and must not wait for anything.
public typealias Handler = @Sendable (Request) throws -> Response

/// Everything a worker serves: routes with their endpoints, and what answers where no route does.
struct Site: Sendable {
    enum Endpoint: Sendable {
        case constant(PreparedAnswer)
        case handler(Handler)
        case blocking(Handler)
        /// Answers in pieces; the request's body goes to it in pieces too, or when it is whole.
        case stream(any StreamEndpoint, RequestBody)
    }

    var routes = RouteTable()
    var endpoints: [Endpoint] = []
    /// What answers where no route does: first for the site's own hosts, then for those that have something of their own.
    var virtualHosts = [VirtualHost()]
    /// The servers behind.
    private(set) var upstreams: [UpstreamDescription] = []
    /// Whose forwarded fields are believed.
    var trusted = TrustedProxies()
    /// The hosts that are answered for; nil: all, by the first of `virtualHosts`.
    var hosts: HostTable?
    /// Proofs for ACME; nil: there are none.
    var challenges: Challenges?
    /// The rule for requests over plain HTTP; nil: there is none.
    var https: SecureTransport?
    /// Answers every request, and ends its connection; nil: the site is open.
    var closed: PreparedAnswer?
    /// Every request is at the same place: there is one virtual host for all hosts, without rules, and no rule for https.
    private(set) var isPlain = false
    /// Some hosts have something of their own.
    private(set) var hasSites = false

    /// All is added that there is.
    mutating func conclude() {
        hasSites = virtualHosts.count > 1
        isPlain = hosts == nil && https == nil && virtualHosts.allSatisfy { $0.rules == nil }
    }

    /// At least one endpoint takes bodies in pieces.
    private(set) var hasStreams = false

    mutating func add(_ method: Method, _ pattern: String, _ endpoint: Endpoint) -> RouteTable.Addition {
        endpoints.append(endpoint)
        if case .stream(_, .streamed) = endpoint { hasStreams = true }
        return routes.add(method, pattern)
    }

    /// Adds a server behind, and gives its place.
    mutating func add(_ upstream: UpstreamDescription) -> Int {
        hasStreams = true
        upstreams.append(upstream)
        return upstreams.count - 1
    }
}

extension Request {
    /// Runs a handler; an error that it throws becomes an answer too.
    func answered(by handler: Handler) -> Response {
        do { return try handler(self) } catch { return Response.failure(error, path) }
    }
}
