import Synchronization
import Testing
import WebWorker
import WebWorkerTesting

/// Bodies in pieces, both ways.
@Suite struct TestStreamTests {
    private struct Trouble: Error {}

    @Test func anAnswerThatIsWrittenWhileItIsSentComesWhole() async throws {
        var app = Application()
        app.get("/numbers") { _ in
            Response(type: "text/plain") { writer in
                for number in 0..<20_000 { try await writer.write("\(number)\n") }
            }
        }
        app.get("/plain", always: Response(stream: { try await $0.write("always") }))
        let client = try TestClient(app)
        let numbers = try await client.get("/numbers")
        #expect(numbers.text.split(separator: "\n").count == 20_000 && numbers.headers["Content-Type"] == "text/plain")
        #expect(try await client.get("/plain").text == "always")
        #expect(try await client.send(.head, "/numbers").body.isEmpty)
    }

    @Test func aBodyIsReadAsItArrives() async throws {
        var app = Application()
        app.post("/count", body: .streamed) { request in
            var (bytes, pieces) = (0, 0)
            for try await piece in request.stream {
                bytes += piece.count
                pieces += 1
                await Task.yield()
            }
            return Response(text: "\(bytes) \(pieces > 1)")
        }
        let client = try TestClient(app)
        let response = try await client.post("/count", body: [UInt8](repeating: 0x61, count: 1_000_000))
        #expect(response.text == "1000000 true")
        #expect(try await client.post("/count", body: [UInt8]()).text == "0 false")
    }

    @Test func anAnswerWithoutEndIsReadAsFarAsTheTestLikes() async throws {
        let ended = Mutex(false)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        var app = Application()
        app.get("/news") { _ in
            Response.events { sink in
                defer { end.yield() }
                for number in 0... { try await sink.send("\(number)", id: "\(number)") }
            }
        }
        let exchange = try await TestClient(app).open(.get, "/news")
        #expect(exchange.status == .ok && exchange.headers["content-type"] == "text/event-stream")
        var text = ""
        for try await piece in exchange.pieces {
            text += String(decoding: piece, as: UTF8.self)
            if text.contains("data: 9\n\n") { break }
        }
        #expect(text.contains("id: 0\ndata: 0\n\n"))
        exchange.leave()
        for await _ in ends {
            ended.withLock { $0 = true }
            break
        }
        #expect(ended.withLock { $0 }, "the handler is told")
    }

    @Test func anErrorBehindTheFirstBytesBreaksTheAnswerOff() async throws {
        var app = Application()
        app.get("/late") { _ in
            Response { writer in
                try await writer.write("some")
                throw Trouble()
            }
        }
        app.get("/early") { _ in Response { _ in throw Trouble() } }
        app.get("/short") { _ in Response(length: 10) { try await $0.write("short") } }
        app.get("/long") { _ in Response(length: 3) { try await $0.write("longer") } }
        let client = try TestClient(app)
        #expect(try await client.get("/early").status == .internalServerError)
        for path in ["/late", "/short", "/long"] {
            await #expect(throws: TestFailure.brokenOff, "\(path)") { try await client.get(path) }
        }
        let exchange = try await client.open(.get, "/late")
        #expect(exchange.status == .ok)
        var pieces = exchange.pieces.makeAsyncIterator()
        #expect(try await pieces.next() == Array("some".utf8))
        await #expect(throws: TestFailure.brokenOff) { try await pieces.next() }
    }

    @Test func aTestThatIsCancelledLeaves() async throws {
        let (starts, start) = AsyncStream.makeStream(of: Void.self)
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        var app = Application()
        app.get("/forever") { _ in
            start.yield()
            do { try await Task.sleep(for: .seconds(600)) } catch { end.yield(error is CancellationError) }
            return Response()
        }
        let client = try TestClient(app)
        let asking = Task { try await client.get("/forever") }
        for await _ in starts { break }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
        for await isCancelled in ends {
            #expect(isCancelled)
            break
        }
    }
}
