/// What takes routes: an application, or a group of one.
///
/// A segment `:name` of a path takes any one segment, and a last segment `**` all that is left. Handlers come in four kinds,
/// by how they are written: always the same response, a plain closure, one that awaits, and one that blocks a thread.
public protocol RouteBuilder {
    /// Takes a route. Use `get`, `post` and so on.
    mutating func add(_ route: Route)
    /// Puts code around all routes that are added from now on. The first one is the outermost.
    ///
    /// Files are not routes, and neither are answers that no route gives (404, 405): middleware does not see them. A route
    /// with middleware is answered as an async one, by a task.
    mutating func use(_ middleware: @escaping Middleware)
}

extension RouteBuilder {
    /// Answers GET and HEAD of a path.
    ///
    /// A handler that waits for anything (a file, a database, another server) must await it, or be `.blocking`: it then runs
    /// on a thread of a pool. All others run on the worker's one loop.
    public mutating func get(_ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler) {
        on(.get, path, kind, handler)
    }

    /// Answers GET and HEAD of a path, always alike: encoded once, the fastest there is.
    public mutating func get(_ path: String, always response: Response) {
        add(Route(method: .get, path: path, action: .always(response)))
    }

    /// Adds a handler for POST.
    public mutating func post(_ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler) {
        on(.post, path, kind, handler)
    }

    /// Adds a handler for PUT.
    public mutating func put(_ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler) {
        on(.put, path, kind, handler)
    }

    /// Adds a handler for PATCH.
    public mutating func patch(_ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler) {
        on(.patch, path, kind, handler)
    }

    /// Adds a handler for DELETE.
    public mutating func delete(_ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler) {
        on(.delete, path, kind, handler)
    }

    /// Answers any one method.
    public mutating func on(
        _ method: Method, _ path: String, _ kind: HandlerKind = .immediate, _ handler: @escaping Handler
    ) {
        add(Route(method: method, path: path, action: kind == .blocking ? .blocking(handler) : .plain(handler)))
    }

    /// Adds routes below a prefix, with middleware of their own:
    /// `app.group("/api") { api in api.use(…); api.get("/items") { … } }`.
    public mutating func group(_ prefix: String, _ build: (inout RouteGroup) -> Void) {
        var group = RouteGroup()
        build(&group)
        for route in group.routes { add(route.below(prefix, [])) }
    }
}

/// Routes that have a prefix and middleware in common.
public struct RouteGroup: RouteBuilder {
    private(set) var routes: [Route] = []
    private var middleware: [Middleware] = []

    /// Adds a route, with the middleware of the group.
    public mutating func add(_ route: Route) { routes.append(route.below("", middleware)) }

    /// Puts code around all routes that are added from now on.
    public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }
}
