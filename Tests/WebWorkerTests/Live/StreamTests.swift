import TestSupport
import Testing

@testable import WebWorker

/// Exchanges in pieces over real sockets.
@Suite struct StreamTests {
    private func worker(
        _ endpoint: ScriptedEndpoint, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> TestWorker {
        var app = testApplication()
        for method in [Method.get, .post] { app.on(method, "/stream", stream: endpoint) }
        change(&app.configuration)
        return try TestWorker(app)
    }

    @Test func aBodyIsGivenAndAnsweredInPieces() throws {
        let worker = try worker(.echo)
        let client = try TestClient(worker.address)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
        // The head of the answer does not wait for the body.
        #expect(try client.answer(toHead: true).has("Transfer-Encoding: chunked"))
        try client.send("ab")
        while try !client.hasAnswer(.seconds(10)) {}
        try client.send("cdef")
        #expect(try client.chunks() == ["ab", "cdef"])
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "hello")
    }

    @Test func everyByteMayComeAlone() throws {
        let worker = try worker(.echo)
        let client = try TestClient(worker.address)
        let long = "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        let chunked =
            "POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n"
        let plain = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
        for byte in (long + chunked + plain).utf8 { try client.send([byte]) }
        for _ in 0..<2 {
            #expect(try client.answer(toHead: true).status == 200)
            #expect(try client.chunks().joined() == "abc")
        }
        #expect(try client.answer().body == "hello")
    }

    @Test func requestsBehindAStreamedOneAreAnsweredInOrder() throws {
        let worker = try worker(.echo)
        let client = try TestClient(worker.address)
        let pair =
            "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        try client.send(String(repeating: pair, count: 20) + "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in 0..<20 {
            #expect(try client.answer().body == "hello")
            #expect(try client.answer(toHead: true).status == 200)
            #expect(try client.chunks().joined() == "abc")
        }
        #expect(try client.answer(toHead: true).status == 200)
        #expect(try client.chunks() == [])
    }

    @Test func headAndHTTP10HaveFramingsOfTheirOwn() throws {
        let worker = try worker(Source(5).endpoint)
        let client = try TestClient(worker.address)
        try client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).has("Content-Length: 5"))
        let echo = try self.worker(.echo)
        let old = try TestClient(echo.address)
        try old.send("POST /stream HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc")
        let answer = try old.answer(toHead: true)
        #expect(answer.has("Connection: close") && !answer.head.contains("Transfer-Encoding"))
        #expect(try old.rest() == "abc")
    }

    @Test func aSlowReaderHoldsTheSourceAndGetsEverything() throws {
        let length = 32 << 20
        let source = Source(length)
        let worker = try worker(source.endpoint)
        let client = try TestClient(worker.address)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        try wait(for: "a pause") { source.pauses.value > 0 }
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "hello")
        // What the kernel takes, and what the worker holds for it.
        #expect(source.given.value < length / 2)
        #expect(try client.answer(toHead: true).has("Content-Length: \(length)"))
        #expect(try client.rest().utf8.count == length)
        #expect(!source.isCancelled.value)
    }

    @Test func aReaderThatStopsIsLeftAtItsTime() throws {
        let source = Source()
        let worker = try worker(source.endpoint) { $0.writeTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "the end") { source.isCancelled.value }
        withExtendedLifetime(client) {}
    }

    @Test func aClientThatLeavesEndsTheSource() throws {
        let source = Source()
        let worker = try worker(source.endpoint)
        do {
            let client = try TestClient(worker.address)
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer(toHead: true).status == 200)
        }
        try wait(for: "the end") { source.isCancelled.value }
    }

    @Test func theEndOfADrainEndsTheSource() throws {
        let source = Source()
        let worker = try worker(source.endpoint)
        let client = try TestClient(worker.address)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).status == 200)
        try worker.drain(requests: .milliseconds(100))
        #expect(worker.waitForEnd() == .drained)
        #expect(source.isCancelled.value)
    }

    @Test func anAnswerThatHasBegunIsEndedInADrain() throws {
        let source = Source(32 << 20)
        let worker = try worker(source.endpoint)
        let client = try TestClient(worker.address)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "a pause") { source.pauses.value > 0 }
        try worker.drain(requests: .seconds(60))
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try other.answer()
        other.close()
        #expect(try client.answer().body.utf8.count == 32 << 20)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().has("Connection: close"))
        client.close()
        #expect(worker.waitForEnd() == .drained)
    }
}
