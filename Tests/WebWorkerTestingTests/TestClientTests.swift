import Dispatch
import Testing
import WebWorker
import WebWorkerTesting

private enum CurrentUser: RequestKey { typealias Value = String }

/// What a test of an application sees of it.
@Suite struct TestClientTests {
    private struct Trouble: Error {}

    private func application() -> Application {
        var app = Application()
        app.get("/always", always: Response(text: "always"))
        app.get("/hello/:name") { request in Response(text: "hello, \(request.parameters["name"] ?? "?")") }
        app.get("/blocking", .blocking) { _ in Response(text: "\(DispatchTime.now().uptimeNanoseconds > 0)") }
        app.get("/async") { request in
            try await Task.sleep(for: .milliseconds(1))
            return Response(text: request.query["q"] ?? "-")
        }
        app.post("/echo") { request in Response(body: request.body, type: request.headers["content-type"]) }
        app.post("/form") { request in Response(text: request.form["name"] ?? "none") }
        app.get("/fails") { _ in throw Trouble() }
        app.get("/fails/async") { _ in
            await Task.yield()
            throw HTTPError(.conflict, "not now")
        }
        app.get("/splits") { _ in Response(text: "x").with("Location", "/\r\nSet-Cookie: a=b") }
        app.group("/user") { group in
            group.use { request, next in
                guard let user = request.headers["x-user"] else { throw HTTPError(.unauthorized) }
                var request = request
                request[CurrentUser.self] = user
                return try await next(request).with("X-Seen", user)
            }
            group.get("/name", .blocking) { request in Response(text: request[CurrentUser.self] ?? "nobody") }
        }
        return app
    }

    @Test(arguments: [
        ("/always", "always"), ("/hello/J%C3%BCrgen", "hello, Jürgen"), ("/hello/x/../you", "hello, you"),
        ("/blocking", "true"), ("/async?q=1+2", "1 2"),
    ])
    func everyKindOfHandlerIsAsked(_ target: String, _ text: String) async throws {
        let response = try await TestClient(application()).get(target)
        #expect(response.status == .ok && response.text == text)
        #expect(response.headers["content-length"] == "\(text.utf8.count)")
    }

    @Test func aBodyGoesToItsHandler() async throws {
        let client = try TestClient(application())
        let echo = try await client.post("/echo", headers: ["Content-Type": "text/x"], body: "some text".utf8)
        #expect(echo.text == "some text" && echo.headers["Content-Type"] == "text/x")
        let type = "application/x-www-form-urlencoded"
        let form = try await client.post("/form", headers: ["Content-Type": type], body: "name=a+b".utf8)
        #expect(form.text == "a b")
        let chunks = "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        // (A test may say wrong of its body what it likes: with two framings it is no request.)
        let both = try await client.post("/echo", headers: ["Transfer-Encoding": "chunked"], body: chunks.utf8)
        #expect(both.status == .badRequest)
    }

    @Test func whatNoHandlerAnswersIsAnsweredAsByAWorker() async throws {
        let client = try TestClient(application())
        #expect(try await client.get("/none").status == .notFound)
        let method = try await client.send(.delete, "/hello/you")
        #expect(method.status == .methodNotAllowed && method.headers["Allow"] == "GET, HEAD, OPTIONS")
        #expect(try await client.send(.options, "/echo").headers["Allow"] == "POST, OPTIONS")
        #expect(try await client.send(.options, "*").status == .noContent)
        #expect(try await client.send(#require(Method(rawValue: "PURGE")), "/none").status == .notImplemented)
        let head = try await client.send(.head, "/hello/you")
        #expect(head.status == .ok && head.body.isEmpty && head.headers["Content-Length"] == "10")
        #expect(try await client.get("/%zz").status == .badRequest)
        #expect(try await client.get("/hello/you", headers: ["A b": "c"]).status == .badRequest)
        var app = application()
        app.configuration.maxBodyBytes = 3
        let small = try TestClient(app)
        #expect(try await small.post("/echo", body: "abcd".utf8).status == .contentTooLarge)
    }

    @Test func errorsOfHandlersAreAnswers() async throws {
        let client = try TestClient(application())
        #expect(try await client.get("/fails").status == .internalServerError)
        let conflict = try await client.get("/fails/async")
        #expect(conflict.status == .conflict && conflict.text == "not now\n")
        let split = try await client.get("/splits")
        #expect(split.status == .internalServerError && split.headers["Set-Cookie"] == nil)
    }

    @Test func middlewareIsAroundItsRoutes() async throws {
        var client = try TestClient(application())
        #expect(try await client.get("/user/name").status == .unauthorized)
        client.headers = [HeaderField(name: "X-User", value: "ann")]
        let response = try await client.get("/user/name")
        #expect(response.text == "ann" && response.headers["X-Seen"] == "ann")
    }

    @Test func hostsAreToldApart() async throws {
        var app = application()
        app.hosts(Hosts(served: ["a"], redirected: ["b": "https://a"], unknown: .refuse))
        var client = try TestClient(app)
        #expect(try await client.get("/always").status == .misdirectedRequest)
        client.host = "a:8080"
        #expect(try await client.get("/always").status == .ok)
        client.host = "b"
        let led = try await client.get("/x?y=z")
        #expect(led.status == .permanentRedirect && led.headers["Location"] == "https://a/x?y=z")
    }

    @Test func requestsMayHaveNames() async throws {
        var app = Application()
        app.configuration.requestIDs = true
        app.get("/") { request in Response(text: request.id ?? "none") }
        let client = try TestClient(app)
        let (one, other) = try await (client.get("/"), client.get("/"))
        #expect(one.text.count == 32 && one.headers["X-Request-Id"] == one.text && one.text != other.text)
    }

    @Test func whatGoesToAServerBehindIsNotAnswered() async throws {
        var app = application()
        app.forward("/api", to: "127.0.0.1:1")
        let client = try TestClient(app)
        let error = await #expect(throws: TestFailure.servedBehind(path: "/api/x")) { try await client.get("/api/x") }
        #expect(error?.description.hasPrefix("/api/x is answered by a server behind") == true)
        #expect(try await client.get("/always").text == "always")
    }

    @Test func anApplicationWithMistakesHasNoClient() {
        var app = application()
        app.get("/always") { _ in Response() }
        let error = #expect(throws: ConfigurationError.self) { try TestClient(app) }
        #expect(error?.mistakes.map(\.setting) == ["GET /always"])
    }

    @Test func manyAreAnsweredAtATime() async throws {
        let client = try TestClient(application())
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 { group.addTask { try await client.get("/async?q=\(number)").text } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts.count == 100)
    }
}
