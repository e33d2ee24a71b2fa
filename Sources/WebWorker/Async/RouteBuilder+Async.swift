// Routes with async handlers. They run on the worker's loop, each between the others' pauses: no thread is changed for
// them, and none blocked while they wait.
extension RouteBuilder {
    /// Answers GET and HEAD of a path.
    public mutating func get(_ path: String, _ handler: @escaping AsyncHandler) { on(.get, path, handler) }

    /// Answers POST. With `body: .streamed` the handler reads the body by `request.stream`.
    public mutating func post(_ path: String, body: RequestBody = .whole, _ handler: @escaping AsyncHandler) {
        on(.post, path, body: body, handler)
    }

    /// Answers PUT. With `body: .streamed` the handler reads the body by `request.stream`.
    public mutating func put(_ path: String, body: RequestBody = .whole, _ handler: @escaping AsyncHandler) {
        on(.put, path, body: body, handler)
    }

    /// Answers PATCH. With `body: .streamed` the handler reads the body by `request.stream`.
    public mutating func patch(_ path: String, body: RequestBody = .whole, _ handler: @escaping AsyncHandler) {
        on(.patch, path, body: body, handler)
    }

    /// Adds an async handler for DELETE.
    public mutating func delete(_ path: String, _ handler: @escaping AsyncHandler) { on(.delete, path, handler) }

    /// Answers any one method. With `body: .streamed` the handler reads the body by `request.stream`.
    public mutating func on(
        _ method: Method, _ path: String, body: RequestBody = .whole, _ handler: @escaping AsyncHandler
    ) {
        add(Route(method: method, path: path, action: .async(handler, body)))
    }
}
