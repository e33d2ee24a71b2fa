import TestSupport
import Testing

@testable import WebWorker

/// Responses that are written while they are sent.
@Suite struct WriterTests {
    private struct Trouble: Error {}

    private func get(_ client: TestClient, _ path: String) throws -> String {
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.answer(toHead: true)
        #expect(head.status == 200 && head.has("Transfer-Encoding: chunked"), "\(path): \(head.head)")
        return try client.chunks().joined()
    }

    @Test func everyKindOfHandlerMayWriteItsAnswer() throws {
        @Sendable func numbers(_ writer: ResponseWriter) async throws {
            for number in 0..<5 {
                try await writer.write("\(number)\n")
                await Task.yield()
            }
        }
        var app = Application()
        app.get("/sync") { _ in Response(type: "text/plain", stream: numbers) }
        app.get("/blocking", .blocking) { _ in Response(type: "text/plain", stream: numbers) }
        app.get("/async") { _ in
            await Task.yield()
            return Response(type: "text/plain", stream: numbers)
        }
        app.get("/empty") { _ in Response { _ in } }
        app.get("/always", always: Response(stream: numbers))
        app.get("/length") { _ in Response(length: 10, stream: numbers) }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for path in ["/sync", "/blocking", "/async", "/always"] {
            #expect(try get(client, path) == "0\n1\n2\n3\n4\n", "\(path)")
        }
        #expect(try get(client, "/empty") == "")
        try client.send("GET /length HTTP/1.1\r\nHost: a\r\n\r\nHEAD /sync HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "0\n1\n2\n3\n4\n")
        #expect(try client.answer(toHead: true).has("Content-Type: text/plain"))
        #expect(try get(client, "/sync") == "0\n1\n2\n3\n4\n")
    }

    @Test func theWriterWaitsForASlowReader() throws {
        let (written, piece) = (Noted(0), [UInt8](repeating: 0x61, count: 1 << 16))
        var app = testApplication()
        app.get("/much") { _ in
            Response(length: 512 * piece.count) { writer in
                for _ in 0..<512 {
                    try await writer.write(piece)
                    written.value += piece.count
                }
            }
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "a beginning") { written.value > 0 }
        let other = try TestClient(worker.address)
        for _ in 0..<100 {
            try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try other.answer().body == "hello")
        }
        #expect(written.value < 256 * piece.count)
        #expect(try client.answer().body.utf8.count == 512 * piece.count)
    }

    @Test func aClientThatGoesEndsTheWriting() throws {
        let error = Noted<(any Error)?>(nil)
        var app = Application()
        app.get("/endless") { _ in
            Response { writer in
                do {
                    while true { try await writer.write("again and again\n") }
                } catch let failure {
                    error.value = failure
                    throw failure
                }
            }
        }
        let worker = try TestWorker(app)
        do {
            let client = try TestClient(worker.address)
            try client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.answer(toHead: true)
        }
        try wait(for: "the end") { error.value != nil }
        #expect(error.value is ClientGone || error.value is CancellationError)
    }

    @Test func anErrorBehindTheFirstBytesBreaksTheAnswerOff() throws {
        var app = Application()
        app.get("/breaks") { _ in
            Response { writer in
                try await writer.write("half")
                try await Task.sleep(for: .milliseconds(1))
                throw Trouble()
            }
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.answer(toHead: true)
        #expect(try client.rest() == "4\r\nhalf\r\n")
    }

    @Test func aWriterThatIsKeptDoesNotReachTheNextAnswer() throws {
        let kept = Noted<ResponseWriter?>(nil)
        var app = Application()
        app.get("/first") { _ in
            Response { writer in
                kept.value = writer
                try await writer.write("first")
            }
        }
        app.get("/second") { _ in
            Response { writer in
                try await writer.write("sec")
                await #expect(throws: ClientGone.self) { try await kept.value?.write("FIRST") }
                try await writer.write("ond")
            }
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        #expect(try get(client, "/first") == "first")
        #expect(try get(client, "/second") == "second")
    }

    @Test func eventsEndByThemselvesInADrainAndCallTheClientAgain() throws {
        let isOver = Noted(false)
        var app = testApplication()
        app.get("/events") { _ in
            Response.events { sink in
                try await sink.send("one", event: "count", id: "1")
                defer { isOver.value = true }
                try await Task.sleep(for: .seconds(3600))
            }
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.answer(toHead: true)
        #expect(head.has("Content-Type: text/event-stream") && head.has("Cache-Control: no-cache"))
        try worker.drain(requests: .seconds(60))
        let events = try client.chunks().joined()
        #expect(events.hasPrefix(":\n\nevent: count\nid: 1\ndata: one\n\nretry: ") && events.hasSuffix("\n\n"))
        let delay = Int(events.dropLast(2).split(separator: " ").last ?? "") ?? 0
        #expect((500...5000).contains(delay))
        // One that comes during the drain is sent on at once.
        try client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).has("Connection: close"))
        #expect(try client.chunks().joined().contains("retry: "))
        client.close()
        #expect(worker.waitForEnd() == .drained)
        try wait(for: "the end of the handler") { isOver.value }
    }

    @Test func aHeartbeatNoticesThatTheClientIsGone() throws {
        let isOver = Noted(false)
        var app = Application()
        app.get("/events") { _ in
            Response.events(heartbeat: .milliseconds(10)) { _ in
                defer { isOver.value = true }
                try await Task.sleep(for: .seconds(3600))
            }
        }
        let worker = try TestWorker(app)
        do {
            let client = try TestClient(worker.address)
            try client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.answer(toHead: true)
        }
        try wait(for: "the end of the handler") { isOver.value }
    }
}
