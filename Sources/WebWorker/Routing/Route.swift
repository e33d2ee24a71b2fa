/// A route on its way into an application: made by the methods of `RouteBuilder`.
public struct Route: Sendable {
    enum Action: Sendable {
        case always(Response)
        case plain(Handler)
        case blocking(Handler)
        case async(AsyncHandler, RequestBody)
    }

    let method: Method
    var path: String
    let action: Action
    /// The outermost comes first.
    var middleware: [Middleware] = []

    /// The same route below a prefix, inside of more middleware.
    func below(_ prefix: String, _ outer: [Middleware]) -> Route {
        var route = self
        let front = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        route.path = front + (path.isEmpty || path.hasPrefix("/") ? path : "/" + path)
        route.middleware = outer + middleware
        return route
    }
}

/// Code around handlers: it may answer by itself, pass values on with the request (`RequestKey`), change the response that
/// `next` gives, or catch what it throws. It may be called on any thread.
public typealias Middleware = @Sendable (Request, _ next: AsyncHandler) async throws -> Response
