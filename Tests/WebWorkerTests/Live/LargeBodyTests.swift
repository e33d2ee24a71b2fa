import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Many large bodies at a time: the memory for them is bounded, and nobody is refused for that.
@Suite struct LargeBodyTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func worker(_ change: (inout Configuration) -> Void) throws -> TestWorker {
        var app = testApplication()
        app.configuration.maxArrivingBodyBytes = 300_000
        app.configuration.spoolDirectory = directory.path
        change(&app.configuration)
        return try TestWorker(app)
    }

    /// Clients that have sent the first half of a body that only they have.
    private func halfSent(_ count: Int, to worker: TestWorker, isChunked: Bool) throws -> [(TestClient, [UInt8])] {
        try (0..<count).map { number in
            let client = try TestClient(worker.address)
            let half = [UInt8](repeating: 0x61 + UInt8(number), count: 200_000)
            let framing = isChunked ? "Transfer-Encoding: chunked\r\n\r\n30d40\r\n" : "Content-Length: 400000\r\n\r\n"
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + framing)
            try client.send(half + (isChunked ? Array("\r\n".utf8) : []))
            return (client, half)
        }
    }

    @Test(arguments: [false, true]) func bodiesBeyondTheMemoryArriveWhole(isChunked: Bool) throws {
        let worker = try worker { _ in }
        let clients = try halfSent(10, to: worker, isChunked: isChunked)
        try wait(for: "the first halves") { worker.count(.bytesIn) >= 2_000_000 }
        let small = try TestClient(worker.address)
        try small.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsma")
        try small.send("ll!")
        #expect(try small.answer().body == "small!")
        for (client, half) in clients {
            let end = isChunked ? Array("30d40\r\n".utf8) + half + Array("\r\n0\r\n\r\n".utf8) : half
            try client.send(end)
            let answer = try client.answer()
            #expect(answer.status == 200 && answer.body.utf8.elementsEqual(half + half))
        }
        #expect(try Files.list(directory.path).isEmpty)
    }

    @Test func whereFilesHaveNoRoomEitherTheAnswerIs503() throws {
        let worker = try worker { $0.maxSpooledBytes = 100_000 }
        let clients = try halfSent(3, to: worker, isChunked: false)
        var refused = 0
        try wait(for: "refusals") {
            refused = try clients.filter { try !$0.0.isQuiet() }.count
            return refused > 0 && worker.count(.bytesIn) >= 600_000
        }
        for (client, half) in clients {
            if try client.isQuiet() {
                try client.send(half)
                _ = try client.answer()
                continue
            }
            let answer = try client.answer()
            #expect(answer.status == 503 && answer.has("Retry-After: 5") && answer.has("Connection: close"))
        }
        #expect(refused > 0)
    }

    @Test func aBodyThatComesAloneNeedsNoFile() throws {
        let worker = try worker { $0.maxSpooledBytes = 0 }
        for (client, half) in try halfSent(1, to: worker, isChunked: false) {
            try client.send(half)
            let answer = try client.answer()
            #expect(answer.status == 200 && answer.body.utf8.elementsEqual(half + half))
        }
    }
}
