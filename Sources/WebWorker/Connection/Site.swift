internal import Linux

/// Code that answers a request. It may be called on any thread; a handler that is not marked as blocking runs on the
/// worker's only loop and must not wait for anything.
public typealias Handler = @Sendable (Request) throws -> Response

/// What a worker serves: routes, their endpoints, and files.
struct Site: Sendable {
    /// What answers a route.
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
    /// Whether any endpoint takes bodies in pieces.
    private(set) var hasStreams = false

    /// Adds a route. A later route for the same method and path replaces the earlier one.
    mutating func add(_ method: Method, _ pattern: String, _ endpoint: Endpoint) {
        routes.add(method, pattern)
        endpoints.append(endpoint)
        if case .stream(_, .streamed) = endpoint { hasStreams = true }
    }
}

extension Request {
    /// What `handler` answers; an error that it throws becomes a 500 and a line on standard error.
    func answered(by handler: Handler) -> Response {
        do {
            return try handler(self)
        } catch {
            StandardError.line("WebWorker: \(path): the handler failed: \(error)")
            return Response(status: .internalServerError, text: "Internal Server Error\n")
        }
    }
}
