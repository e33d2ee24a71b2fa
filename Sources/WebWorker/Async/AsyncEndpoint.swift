internal import Synchronization

/// Code that answers a request and may wait for other things meanwhile. It runs on the worker's loop, between other
/// requests; what computes for long or calls what blocks must go elsewhere.
public typealias AsyncHandler = @Sendable (Request) async throws -> Response

/// The form in which a handler gets the body of a request.
public enum RequestBody: Sendable {
    /// All at once: the handler is called when it is here.
    case whole
    /// As it arrives, by `request.stream`: the handler is called when the head is here.
    case streamed
}

/// A route's handler that a task runs, with the middleware around it.
struct AsyncEndpoint: StreamEndpoint {
    let route: Route

    func begin(
        _ request: Request, hasBody: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> any StreamHandler {
        var request = request
        if hasBody { request.intake = RequestIntake() }
        let exchange = turn.tasks.exchange(client.token, isHead: request.method == .head, incoming: request.intake)
        let handler = handler(turn.pool)
        exchange.start(request.path) { [request] in try await handler(request) }
        return exchange
    }

    func handler(_ pool: BlockingPool) -> AsyncHandler {
        var handler: AsyncHandler =
            switch route.action {
            case .always(let response): { _ in response }
            case .plain(let plain): { try plain($0) }
            case .blocking(let blocking): { try await pool.run(blocking, $0) }
            case .async(let handler, _): handler
            }
        for outer in route.middleware.reversed() {
            handler = { [handler] request in try await outer(request, handler) }
        }
        return handler
    }
}

extension BlockingPool {
    /// Runs a plain handler on a thread of the pool; if the task is cancelled before the thread begins, it never runs.
    func run(_ handler: @escaping Handler, _ request: Request) async throws -> Response {
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = submit(
                    .call(bodyBytes: request.body.count) {
                        guard !isCancelled.load(ordering: .relaxed) else {
                            return continuation.resume(throwing: CancellationError())
                        }
                        continuation.resume(with: Swift.Result { try handler(request) })
                    })
                if !isTaken { continuation.resume(throwing: HTTPError(.serviceUnavailable)) }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }
}
