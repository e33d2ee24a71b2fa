public import WebWorker

/// A client that asks an application within the test: no socket, no port, no process.
///
/// ```swift
/// let client = try TestClient(application())
/// let response = try await client.get("/hello/you")
/// #expect(response.status == .ok && response.text == "Hello, you\n")
/// ```
///
/// Requests are written as bytes and go through a worker's own parser, routes, middleware, handlers and files; blocking
/// handlers get a thread of a pool, async ones run by turns. Not answered is what goes to a server behind: it throws
/// `TestFailure.servedBehind`. Of what a worker adds to its answers Date, Connection and Server-Timing are missing, and the
/// access log gets no line.
public struct TestClient: Sendable {
    private let worker: InProcessWorker
    /// The Host of its requests.
    public var host = "localhost"
    /// Fields that all its requests have, before their own.
    public var headers: [HeaderField] = []

    /// A client of an application, whose files are opened. Throws a `ConfigurationError` when the application has mistakes.
    public init(_ application: Application) throws { worker = try InProcessWorker(application) }

    /// Asks by GET.
    public func get(_ target: String, headers: KeyValuePairs<String, String> = [:]) async throws -> TestResponse {
        try await send(.get, target, headers: headers)
    }

    /// Asks by POST.
    public func post(
        _ target: String, headers: KeyValuePairs<String, String> = [:], body: some Sequence<UInt8>
    ) async throws -> TestResponse {
        try await send(.post, target, headers: headers, body: body)
    }

    /// Asks by any method, and waits for the whole answer. `target` is a path, with its query, as the wire has it; a body
    /// comes with its Content-Length.
    public func send(
        _ method: Method, _ target: String, headers: KeyValuePairs<String, String> = [:],
        body: some Sequence<UInt8> = []
    ) async throws -> TestResponse {
        let exchange = try await open(method, target, headers: headers, body: body)
        var content: [UInt8] = []
        for try await piece in exchange.pieces { content += piece }
        return TestResponse(status: exchange.status, headers: exchange.headers, body: content)
    }

    /// Asks by any method, and waits for the head of the answer alone: for an answer that is read while it is written.
    public func open(
        _ method: Method, _ target: String, headers: KeyValuePairs<String, String> = [:],
        body: some Sequence<UInt8> = []
    ) async throws -> TestExchange {
        let exchange = worker.ask(request(method, target, headers, Array(body)))
        do {
            return TestExchange(try await exchange.head(), exchange)
        } catch {
            exchange.leave()
            throw TestFailure.made(from: error)
        }
    }

    private func request(
        _ method: Method, _ target: String, _ headers: KeyValuePairs<String, String>, _ body: [UInt8]
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n"
        for field in self.headers { head += "\(field.name): \(field.value)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == .post || method == .put || method == .patch {
            head += "Content-Length: \(body.count)\r\n"
        }
        return Array((head + "\r\n").utf8) + body
    }
}
