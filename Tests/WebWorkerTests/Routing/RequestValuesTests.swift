import Testing

@testable import WebWorker

private enum CurrentUser: RequestKey { typealias Value = String }
private enum Visits: RequestKey { typealias Value = Int }

extension Request {
    fileprivate var user: String? {
        get { self[CurrentUser.self] }
        set { self[CurrentUser.self] = newValue }
    }
}

/// What middleware tells handlers.
@Suite struct RequestValuesTests {
    @Test func aValueTravelsWithTheRequestToWhateverAnswersIt() throws {
        var app = Application()
        app.get("/before") { request in Response(text: request.user ?? "nobody") }
        app.use { request, next in
            var request = request
            request.user = request.headers["x-user"]
            request[Visits.self] = 1
            return try await next(request)
        }
        app.use { request, next in
            var request = request
            request[Visits.self] = (request[Visits.self] ?? 0) + 1
            return try await next(request)
        }
        let text: Handler = { Response(text: "\($0.user ?? "nobody") \($0[Visits.self] ?? 0)") }
        app.get("/plain", text)
        app.get("/blocking", .blocking, text)
        app.get("/async") { request in
            await Task.yield()
            return try text(request)
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for (path, user, body) in [
            ("/before", "ann", "nobody"), ("/plain", "ann", "ann 2"), ("/blocking", "bob", "bob 2"),
            ("/async", "cem", "cem 2"),
        ] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nX-User: \(user)\r\n\r\n")
            #expect(try client.answer().body == body, "\(path)")
        }
        try client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "nobody 2", "a value that is set to nil is none")
    }
}
