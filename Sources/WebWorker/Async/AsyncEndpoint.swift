/// Code that answers a request and may wait for other things meanwhile. It runs on the worker's loop, between other
/// requests; what computes for long or calls what blocks must go elsewhere.
public typealias AsyncHandler = @Sendable (Request) async throws -> Response

/// How a handler gets the body of a request.
public enum RequestBody: Sendable {
    /// All at once: the handler is called when it is here.
    case whole
    /// As it arrives, by `request.stream`: the handler is called when the head is here.
    case streamed
}

/// An async handler as the loop sees it.
struct AsyncEndpoint: StreamEndpoint {
    let handler: AsyncHandler

    func begin(
        _ request: Request, hasBody: Bool, _ token: UInt64, _ loop: inout WorkerLoop
    ) -> any StreamHandler {
        let exchange = loop.makeExchange(token, isHead: request.method == .head)
        var request = request
        if hasBody { request.intake = exchange.incoming }
        exchange.start(request.path) { [handler, request] in try await handler(request) }
        return exchange
    }
}
