import Testing

@testable import WebWorker

@Suite struct ServingTests {
    @Test func aRequestIsAnsweredAndTheConnectionServesTheNextOne() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        for _ in 0..<3 {
            try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.body == "hello")
            #expect(!answer.head.contains("Connection"))
            #expect(answer.head.contains("\r\nDate: "))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        let count = 500
        try client.send((0..<count).map { "GET /hello/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        for number in 0..<count { #expect(try client.answer().body == "hello, \(number)") }
    }

    @Test func aRequestThatArrivesByteByByteIsAnswered() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        for byte in "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8 {
            try client.send([byte])
        }
        #expect(try client.answer().body == "hello")
    }

    @Test func aLargeBodyComesBackWhole() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        let body = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }.map { $0 & 0x7f }
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        #expect(try Array(client.answer().body.utf8) == body)
    }

    @Test func aClientThatExpectsContinueIsToldToGoOn() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 100)
        try client.send("ok")
        #expect(try client.answer().body == "ok")
    }

    @Test func headHasTheHeadOfGetAndNoBody() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).has("Content-Length: 5"))
        #expect(try client.answer().body == "hello")
    }

    @Test func aClientThatAsksForTheCloseGetsIt() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try client.answer().has("Connection: close"))
        #expect(try client.rest() == "")
    }

    @Test func http10ClosesUnlessKeepAliveIsAsked() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.answer().has("Connection: keep-alive"))
        try client.send("GET /hello HTTP/1.0\r\n\r\n")
        #expect(try client.answer().has("Connection: close"))
        #expect(try client.rest() == "")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\n", 505),
        ("GET /\(String(repeating: "a", count: 9000))", 414), (String(repeating: "A", count: 100), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 9000))", 431),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\na", 413),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n", 413),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n", 417),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ])
    func aRefusalSaysItsStatusAndIsReadBeforeTheClose(_ input: String, _ status: Int) throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send(input)
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.has("Connection: close"))
        // What the client still sends must not reset the answer away.
        try client.send(String(repeating: "more", count: 1000))
        #expect(try client.rest() == "")
    }

    @Test(arguments: [
        ("DELETE /hello", 405, "Allow: GET, HEAD, OPTIONS"), ("OPTIONS /echo", 204, "Allow: POST, OPTIONS"),
        ("OPTIONS *", 204, "Allow: GET, HEAD, OPTIONS"), ("GET /nothing", 404, "Content-Length: 14"),
        ("BREW /pot", 501, "Content-Length: 20"),
    ])
    func whatNobodyAnswersIsToldApart(_ line: String, _ status: Int, _ field: String) throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.has(field), "\(answer.head)")
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == 200)
    }
}
