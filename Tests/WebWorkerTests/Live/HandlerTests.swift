import Dispatch
import Testing

@testable import WebWorker

/// What handlers may do, and what becomes of it.
@Suite struct HandlerTests {
    private struct Trouble: Error {}

    private func get(_ app: Application, _ path: String, _ fields: String = "") throws -> TestClient.Answer {
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a:80\r\n\(fields)\r\n")
        return try client.answer()
    }

    @Test func aRequestShowsWhatTheClientSent() throws {
        var app = Application()
        app.get("/a/:x/:y") { request in
            let parts = [
                request.path, request.parameters["x"], request.parameters["y"], request.query["q"], request.authority,
                request.headers["X-MANY"], request.headers["nothing"], "\(request.method)",
            ]
            return Response(text: parts.map { $0 ?? "-" }.joined(separator: "|"))
        }
        let answer = try get(app, "/a/b%20c/%C3%BC?q=1+2", "x-many: one\r\nX-Many:  two \r\n")
        #expect(answer.body == "/a/b c/ü|b c|ü|1 2|a:80|one, two|-|GET")
    }

    @Test func theFieldsOfARequestAreACollection() throws {
        var app = Application()
        app.get("/") { request in
            let fields = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            let many = request.headers.all("x-MANY").joined(separator: "+")
            return Response(text: "\(fields) \(many) \(request.headers.last?.name ?? "-")")
        }
        let answer = try get(app, "/", "x-many: one\r\nX-Many:  two \r\nEmpty:\r\n")
        #expect(answer.body == "Host=a:80|x-many=one|X-Many=two|Empty= one+two Empty")
    }

    @Test func aMethodWithoutANameMayHaveARoute() throws {
        let purge = try #require(Method(rawValue: "PURGE"))
        var app = Application()
        app.on(purge, "/cache") { request in Response(text: "\(request.method)") }
        app.get("/page") { _ in Response(text: "page") }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        var answers: [TestClient.Answer] = []
        for line in ["PURGE /cache", "PURGE /page", "PURGE /none", "LOOK /page", "LOOK /none"] {
            try client.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
            answers.append(try client.answer())
        }
        #expect(answers.map(\.status) == [200, 405, 404, 501, 501])
        #expect(answers[0].body == "PURGE")
        #expect(answers[1].has("Allow: GET, HEAD, OPTIONS"))
    }

    @Test func aFormIsReadFromTheBody() throws {
        var app = Application()
        app.post("/form") { request in Response(text: request.form["name"] ?? "none") }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let head = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nContent-Type: "
        try client.send(head + "application/x-www-form-urlencoded; charset=utf-8\r\n\r\nname=%21")
        #expect(try client.answer().body == "!")
        try client.send(head + "text/plain\r\n\r\nname=%21")
        #expect(try client.answer().body == "none")
    }

    @Test func anErrorOfAHandlerIsA500AndTheConnectionGoesOn() throws {
        var app = Application()
        app.get("/fails") { _ in throw Trouble() }
        app.get("/fails/later", .blocking) { _ in throw Trouble() }
        app.get("/splits") { _ in Response(text: "x").with("Location", "/\r\nSet-Cookie: a=b") }
        app.get("/interim") { _ in Response(status: .switchingProtocols) }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for path in ["/fails", "/fails/later", "/splits", "/interim"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 500, "\(path)")
            #expect(!answer.head.contains("Set-Cookie"))
        }
    }

    @Test func blockingHandlersHoldUpNeitherEachOtherNorTheLoop() throws {
        let gate = DispatchSemaphore(value: 0)
        let count = 16
        var app = testApplication()
        app.configuration.maxBlockingHandlers = count
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        app.get("/open", .blocking) { _ in
            for _ in 0..<count { gate.signal() }
            return Response(text: "opened")
        }
        let worker = try TestWorker(app)
        // One fewer than there are threads wait; the last thread lets them go.
        let waiting = try (1..<count).map { _ in try TestClient(worker.address) }
        for client in waiting { try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") }
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "hello")
        try other.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "opened")
        for client in waiting { #expect(try client.answer().body == "waited") }
    }

    @Test func moreBlockingRequestsThanThreadsWaitInOrder() throws {
        var app = Application()
        app.configuration.maxBlockingHandlers = 2
        app.get("/:n", .blocking) { request in Response(text: request.parameters["n"] ?? "") }
        let worker = try TestWorker(app)
        let clients = try (0..<50).map { _ in try TestClient(worker.address) }
        for (number, client) in clients.enumerated() { try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for (number, client) in clients.enumerated() { #expect(try client.answer().body == "\(number)") }
    }

    @Test func requestsBehindABlockingOneAreAnsweredInOrder() throws {
        var app = testApplication()
        app.get("/slow", .blocking) { _ in Response(text: "slow") }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let pair = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        try client.send(String(repeating: pair, count: 20))
        for _ in 0..<20 {
            #expect(try client.answer().body == "slow")
            #expect(try client.answer().body == "hello")
        }
    }

    @Test func aClientThatLeavesItsBlockingRequestLeavesNothingBehind() throws {
        let gate = DispatchSemaphore(value: 0)
        var app = testApplication()
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        client.close()
        gate.signal()
        try worker.drain(requests: .seconds(60))
        #expect(worker.waitForEnd() == .drained)
    }
}
