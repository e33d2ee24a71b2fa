import Glibc
import TestSupport
import Testing

@testable import WebWorker

/// Async handlers over real sockets.
@Suite struct AsyncTests {
    private struct Trouble: Error {}

    private static func thread() -> UInt { pthread_self() }

    @Test func anAsyncHandlerStaysOnTheThreadOfTheLoop() throws {
        let loop = Noted<UInt>(0)
        var app = Application()
        app.get("/sync") { _ in
            loop.value = Self.thread()
            return Response(text: "sync")
        }
        app.get("/async/:n") { request in
            var threads = [Self.thread()]
            await Task.yield()
            threads.append(Self.thread())
            try await Task.sleep(for: .milliseconds(1))
            threads.append(Self.thread())
            return Response(text: "\(threads.allSatisfy { $0 == loop.value }) \(request.parameters["n"] ?? "")")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /sync HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "sync")
        // Answers come in the order of the requests.
        for n in 0..<20 { try client.send("GET /async/\(n) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for n in 0..<20 { #expect(try client.answer().body == "true \(n)") }
    }

    @Test func manyWaitAtOnceAndTheLoopServesOthers() throws {
        let gate = Gate(isOpen: false)
        var app = testApplication()
        app.get("/wait") { _ in
            try await gate.wait()
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let clients = try (0..<50).map { _ in try TestClient(worker.address) }
        for client in clients { try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") }
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "hello")
        // From another thread, while the loop sleeps.
        gate.open()
        for client in clients { #expect(try client.answer().body == "waited") }
    }

    @Test func anErrorIsA500AndTheConnectionGoesOn() throws {
        var app = Application()
        app.get("/fails") { _ in
            await Task.yield()
            throw Trouble()
        }
        app.get("/splits") { _ in
            await Task.yield()
            return Response(text: "x").with("Location", "/\r\nSet-Cookie: a=b")
        }
        app.get("/early") { _ in Response { _ in throw Trouble() } }
        app.get("/crooked") { _ in Response { try await $0.write("x") }.with("A", "b\nc") }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for path in ["/fails", "/splits", "/early", "/crooked"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 500, "\(path)")
            #expect(!answer.head.contains("Set-Cookie"))
        }
    }

    @Test func aClientThatGoesCancelsTheHandler() throws {
        let isCancelled = Noted(false)
        var app = Application()
        app.post("/wait", body: .streamed) { request in
            do {
                for try await _ in request.stream {}
            } catch {
                isCancelled.value = Task.isCancelled && error is ClientGone
            }
            return Response(text: "late")
        }
        let worker = try TestWorker(app)
        do {
            let client = try TestClient(worker.address)
            try client.send("POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        }
        try wait(for: "the end") { isCancelled.value }
        try worker.drain(requests: .seconds(60))
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func aDrainWaitsForAnAsyncHandler() throws {
        let (gate, hasBegun) = (Gate(isOpen: false), Noted(false))
        var app = testApplication()
        app.get("/wait") { _ in
            hasBegun.value = true
            try await gate.wait()
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "the handler") { hasBegun.value }
        try worker.drain(requests: .seconds(60))
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try other.answer()
        other.close()
        #expect(worker.isRunning)
        gate.open()
        let answer = try client.answer()
        #expect(answer.body == "waited" && answer.has("Connection: close"))
        client.close()
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func aBodyIsReadAsItArrives() throws {
        var app = testApplication()
        app.post("/sum", body: .streamed) { request in
            var sum = 0
            for try await piece in request.stream { sum += piece.reduce(0) { $0 + Int($1) } }
            return Response(text: "\(sum) \(request.body.count)")
        }
        app.post("/whole") { request in
            var pieces: [String] = []
            for try await piece in request.stream { pieces.append(String(decoding: piece, as: UTF8.self)) }
            return Response(text: pieces.joined(separator: "|"))
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let body = [UInt8](repeating: 1, count: 600_000)
        try client.send("POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        try client.send("POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.answer().body == "600000 0")
        #expect(try client.answer().body == "0 0")
        let chunked = " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for byte in "POST /sum\(chunked)2\r\n!!\r\n1\r\n!\r\n0\r\n\r\n".utf8 { try client.send([byte]) }
        #expect(try client.answer().body == "99 0")
        try client.send("POST /whole\(chunked)1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
        #expect(try client.answer().body == "ab")
    }
}
