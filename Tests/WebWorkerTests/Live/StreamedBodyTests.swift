import TestSupport
import Testing

@testable import WebWorker

/// Request bodies that go to their handlers as they arrive, and what may go wrong on the way.
@Suite struct StreamedBodyTests {
    private func worker(
        _ endpoint: ScriptedEndpoint, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> TestWorker {
        var app = testApplication()
        app.on(.post, "/stream", stream: endpoint)
        change(&app.configuration)
        return try TestWorker(app)
    }

    /// Takes bodies, and tells what became of them. It answers at their end with their length.
    private final class Sink: Sendable {
        let taken = Noted(0)
        let isCancelled = Noted(false)
        private let holdsAtFirst: Bool
        let token = Noted<UInt64>(0)

        init(holdsAtFirst: Bool = false) { self.holdsAtFirst = holdsAtFirst }

        var endpoint: ScriptedEndpoint {
            ScriptedEndpoint { [self] _, _, client, turn in
                let stream = ScriptedStream()
                self.token.value = client.token
                if holdsAtFirst { client.holdBody(&turn) }
                stream.take = { [self] piece, _, _ in taken.value += piece.count }
                stream.cancelled = { [self] _, _ in isCancelled.value = true }
                stream.bodyEnded = { [self] client, turn in
                    client.answer(Response(text: "\(taken.value)"), &turn)
                }
                return stream
            }
        }

        /// An endpoint that lets the held body go on.
        var opener: ScriptedEndpoint {
            ScriptedEndpoint { [self] _, _, client, turn in
                turn.exchange(self.token.value)?.resumeBody(&turn)
                client.answer(Response(text: "open"), &turn)
                return ScriptedStream()
            }
        }
    }

    @Test func aHeldBodyIsNotReadAndNothingOfItIsLost() throws {
        let sink = Sink(holdsAtFirst: true)
        var app = testApplication()
        app.configuration.maxBodyBytes = 64 << 20
        app.configuration.bodyTimeout = .milliseconds(500)
        app.on(.post, "/stream", stream: sink.endpoint)
        app.on(.get, "/open", stream: sink.opener)
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let length = 32 << 20
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
        var left = length
        let piece = [UInt8](repeating: 0x61, count: 65536)
        // Until the kernel takes no more: then nobody reads.
        var refused = 0
        while refused < 50 {
            let count = try client.sendNow(piece)
            left -= count
            refused = count == 0 ? refused + 1 : 0
            if count == 0 { _ = try client.hasAnswer(.milliseconds(20)) }
        }
        // That took a second, more than the body's time: but it is the handler who makes the client wait.
        #expect(left > 0 && sink.taken.value == 0 && !sink.isCancelled.value)
        let other = try TestClient(worker.address)
        try other.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "open")
        while left > 0 {
            let count = min(left, piece.count)
            try client.send(Array(piece[..<count]))
            left -= count
        }
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "\(length)")
        #expect(try client.answer().body == "hello")
    }

    @Test func theClientIsAskedForItsBodyWhenItIsWanted() throws {
        let sink = Sink(holdsAtFirst: true)
        var app = testApplication()
        app.on(.post, "/stream", stream: sink.endpoint)
        app.on(.get, "/open", stream: sink.opener)
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try other.answer()
        #expect(try client.isQuiet())
        try other.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).status == 100)
        try client.send("abc")
        #expect(try client.answer().body == "3")
    }

    @Test func aBodyBeyondTheLimitIsRefusedAndItsHandlerTold() throws {
        let sink = Sink()
        let worker = try worker(sink.endpoint) { $0.maxBodyBytes = 100 }
        let client = try TestClient(worker.address)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
        try wait(for: "a piece") { sink.taken.value == 5 }
        try client.send("60\r\n")
        let answer = try client.answer()
        #expect(answer.status == 413 && answer.has("Connection: close"))
        #expect(sink.isCancelled.value)
        // One whose length says so is not begun.
        let second = try TestClient(worker.address)
        try second.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\na")
        #expect(try second.answer().status == 413)
    }

    @Test func aMalformedOrASlowBodyIsRefusedAndItsHandlerTold() throws {
        let (malformed, slow) = (Sink(), Sink())
        let worker = try worker(malformed.endpoint)
        let client = try TestClient(worker.address)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdexx")
        #expect(try client.answer().status == 400)
        #expect(malformed.isCancelled.value)

        let patient = try self.worker(slow.endpoint) { $0.bodyTimeout = .milliseconds(200) }
        let second = try TestClient(patient.address)
        try second.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        #expect(try second.answer().status == 408)
        #expect(slow.isCancelled.value)
    }

    @Test func aClientThatEndsWithinItsBodyIsGone() throws {
        let sink = Sink()
        let worker = try worker(sink.endpoint)
        let client = try TestClient(worker.address)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        try client.endSending()
        #expect(try client.rest() == "")
        #expect(sink.isCancelled.value)
    }

    @Test func anAnswerBeforeTheEndOfTheBodyIsReadByTheClient() throws {
        let worker = try worker(
            ScriptedEndpoint { _, _, client, turn in
                client.answer(Response(status: .unauthorized, text: "no"), &turn)
                return ScriptedStream()
            })
        let client = try TestClient(worker.address)
        let body = String(repeating: "a", count: 1 << 20)
        try client.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let early = try client.answer()
        #expect(early.status == 401 && early.has("Connection: close"))
        #expect(try client.rest() == "")
        let polite = try TestClient(worker.address)
        try polite.send("POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        let answer = try polite.answer()
        #expect(answer.status == 401 && answer.has("Connection: close"))
    }

    @Test func aBrokenAnswerNeverLooksWhole() throws {
        let worker = try worker(
            ScriptedEndpoint { request, _, client, turn in
                let length = request.headers["x-length"].flatMap { Int($0) }
                client.beginAnswer(AnswerHead(status: .ok, length: length), &turn)
                let stream = ScriptedStream()
                stream.take = { piece, client, turn in _ = client.append(piece, &turn) }
                stream.bodyEnded = { client, turn in
                    if length == nil { client.breakAnswer(&turn) } else { client.endAnswer(&turn) }
                }
                return stream
            })
        for (fields, version) in [("", 1), ("X-Length: 9\r\n", 1), ("X-Length: 2\r\n", 1), ("", 0)] {
            let client = try TestClient(worker.address)
            try client.send("POST /stream HTTP/1.\(version)\r\nHost: a\r\n\(fields)Content-Length: 3\r\n\r\n")
            #expect(try client.answer(toHead: true).status == 200)
            try client.send("abc")
            if version == 0 {
                #expect(throws: (any Error).self) { try client.rest() }
            } else {
                let rest = try client.rest()
                #expect(!rest.hasSuffix("0\r\n\r\n") && rest.utf8.count < 9)
            }
        }
    }

    @Test func anUpgradedConnectionCarriesWhatItLikes() throws {
        var app = testApplication()
        app.on(
            .get, "/socket",
            stream: ScriptedEndpoint { _, _, client, turn in
                client.upgrade(fields: Array("Connection: Upgrade\r\nUpgrade: echo\r\n".utf8), &turn)
                let stream = ScriptedStream()
                stream.take = { piece, client, turn in if !client.append(piece, &turn) { client.holdBody(&turn) } }
                stream.goOn = { client, turn in client.resumeBody(&turn) }
                stream.bodyEnded = { client, turn in client.endAnswer(&turn) }
                return stream
            })
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        // Bytes of the new protocol may stand right behind the head.
        try client.send("GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst")
        #expect(try client.answer(toHead: true).status == 101)
        try client.send("\r\n\r\nGET nonsense")
        try client.endSending()
        #expect(try client.rest() == "first\r\n\r\nGET nonsense")
    }
}
