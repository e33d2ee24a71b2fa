/// Code that answers a request. It may be called on any thread; a handler that is not marked as blocking runs on the
/// worker's only loop and must not wait for anything.
public typealias Handler = @Sendable (Request) throws -> Response

/// Everything a worker serves: routes, their endpoints, and files.
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
    var files: FileTree?
    /// The servers behind, and what goes to them.
    private(set) var upstreams: [UpstreamDescription] = []
    private var forwards: [(prefix: PathPrefix, endpoint: any StreamEndpoint)] = []
    /// The scripts of a FastCGI application.
    var scripts: Scripts?
    /// Whose forwarded fields are believed.
    var trusted = TrustedProxies()
    /// The worker's own answers that have a page, by their status.
    var errorPages: [Status: Response] = [:]
    /// Nil if requests are not logged.
    var log: AccessLog?
    /// The hosts that are answered for; nil: all.
    var hosts: HostTable?
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

    /// Adds a server behind, and has the paths that begin with `prefix` and have no route of their own go to it.
    mutating func forward(_ prefix: PathPrefix, to upstream: UpstreamDescription) {
        let place = add(upstream)
        forwards.append((prefix, ForwardEndpoint(upstream: place, wholeBodies: upstream.settings.wholeBodies)))
        forwards.sort { $0.prefix.count > $1.prefix.count }
    }

    /// What takes a path behind that names neither route, script nor file: the longest prefix of whole segments, else the
    /// script for all that is left.
    func behind(_ path: Range<Int>, _ bytes: Span<UInt8>) -> (any StreamEndpoint)? {
        for forward in forwards where forward.prefix.begins(path, bytes) { return forward.endpoint }
        return scripts?.fallbackEndpoint
    }
}

extension Request {
    /// Runs a handler; an error that it throws becomes an answer too.
    func answered(by handler: Handler) -> Response {
        do { return try handler(self) } catch { return Response.failure(error, path) }
    }
}
