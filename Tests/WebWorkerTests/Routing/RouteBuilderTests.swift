import Testing

@testable import WebWorker

/// Groups and middleware, over a socket.
@Suite struct RouteBuilderTests {
    private func answers(_ app: Application, _ requests: [String]) throws -> [TestClient.Answer] {
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        return try requests.map { request in
            try client.send("\(request) HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.answer()
        }
    }

    @Test func groupsPutPrefixesTogether() throws {
        var app = Application()
        app.group("/api/") { api in
            api.get("") { _ in Response(text: "api") }
            api.get("/") { _ in Response(text: "api/") }
            api.group("v1") { version in
                version.get("items/:id") { request in Response(text: request.parameters["id"] ?? "") }
                version.get("/files/**") { request in Response(text: request.parameters["**"] ?? "") }
            }
        }
        app.get("plain", always: Response(text: "plain"))
        app.group("/") { root in root.patch("/x") { _ in Response(text: "patched") } }
        let requests = [
            "GET /api", "GET /api/", "GET /api/v1/items/7", "GET /api/v1/files/a/b%20c", "GET /plain", "PATCH /x",
        ]
        #expect(try answers(app, requests).map(\.body) == ["api", "api/", "7", "a/b c", "plain", "patched"])
    }

    @Test func middlewareIsAroundTheRoutesThatComeAfterIt() throws {
        func naming(_ name: String) -> Middleware {
            { request, next in
                var response = try await next(request)
                response.headers.add("X-Seen", name)
                return response
            }
        }
        var app = Application()
        app.get("/before") { _ in Response(text: "before") }
        app.use(naming("outer"))
        app.group("/g") { group in
            group.get("/plain") { _ in Response(text: "plain") }
            group.use(naming("inner"))
            group.get("/plain2") { _ in Response(text: "plain2") }
            group.get("/always", always: Response(text: "always"))
            group.get("/blocking", .blocking) { _ in Response(text: "blocking") }
            group.get("/async") { _ in
                await Task.yield()
                return Response(text: "async")
            }
            group.post("/body") { request in Response(body: request.body) }
        }
        let names = ["/before", "/g/plain", "/g/plain2", "/g/always", "/g/blocking", "/g/async"]
        let found = try answers(app, names.map { "GET \($0)" })
        #expect(found.map(\.body) == ["before", "plain", "plain2", "always", "blocking", "async"])
        #expect(!found[0].head.contains("X-Seen"))
        #expect(found[1].has("X-Seen: outer") && !found[1].has("X-Seen: inner"))
        for answer in found[2...] {
            // What is inside is done first.
            #expect(answer.head.contains("X-Seen: inner\r\nX-Seen: outer\r\n"))
        }
        let post = try answers(app, ["POST /g/body HTTP/1.1\r\nContent-Length: 0\r\nX:"])
        #expect(post[0].status == 200)
    }

    @Test func middlewareMayAnswerAndCatch() throws {
        struct Trouble: Error {}
        var app = Application()
        app.use { request, next in
            guard request.headers["x-key"] == "42" || request.path != "/secret" else {
                throw HTTPError(.unauthorized, "a key, please")
            }
            do { return try await next(request) } catch is Trouble { return Response(text: "caught") }
        }
        app.get("/secret") { _ in Response(text: "secret") }
        app.get("/blocking", .blocking) { _ in throw Trouble() }
        app.get("/plain") { _ in throw Trouble() }
        app.get("/gone") { _ in throw HTTPError(.gone) }
        let found = try answers(
            app, ["GET /secret", "GET /secret HTTP/1.1\r\nX-Key: 42\r\nY:", "GET /blocking", "GET /plain", "GET /gone"])
        #expect(found.map(\.status) == [401, 200, 200, 200, 410])
        #expect(found.map(\.body) == ["a key, please\n", "secret", "caught", "caught", ""])
    }

    @Test func aPlainHandlerMayThrowAnAnswer() throws {
        var app = Application()
        app.get("/a") { _ in throw HTTPError(.notFound, "no such thing") }
        app.get("/b", .blocking) { _ in throw HTTPError(.conflict) }
        let found = try answers(app, ["GET /a", "GET /b"])
        #expect(found.map(\.status) == [404, 409])
        #expect(found[0].body == "no such thing\n")
    }
}
