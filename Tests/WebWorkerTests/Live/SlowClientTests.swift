import Handoff
import TestSupport
import Testing

@testable import WebWorker

/// Clients that take their time: bounded, and told why. Times come from the worker's clock; no test waits by itself.
@Suite struct SlowClientTests {
    private func worker(_ change: (inout Configuration) -> Void) throws -> TestWorker {
        var app = testApplication()
        change(&app.configuration)
        return try TestWorker(app)
    }

    @Test func aHeadThatDoesNotEndIsAnsweredWith408() throws {
        let worker = try worker { $0.headTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n")
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer.has("Connection: close"))
    }

    @Test func aHeadThatDripsIsMeasuredFromItsFirstByte() throws {
        let worker = try worker { $0.headTimeout = .milliseconds(300) }
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n")
        // Each byte comes in time for a limit that would begin anew with it.
        while try !client.hasAnswer(.milliseconds(20)) { try? client.send("x") }
        #expect(try client.answer().status == 408)
    }

    @Test func aBodyThatStopsIsAnsweredWith408() throws {
        let worker = try worker { $0.bodyTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        #expect(try client.answer().status == 408)
    }

    @Test func anIdleConnectionIsClosedAtItsTime() throws {
        let worker = try worker { $0.idleTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().status == 200)
        #expect(try client.rest() == "")
    }

    @Test func aClientThatDoesNotReadIsLeft() throws {
        let worker = try worker { $0.writeTimeout = .milliseconds(200) }
        let slow = try TestClient(worker.address)
        let body = String(repeating: "a", count: 6_000_000)
        try slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let other = try TestClient(worker.address)
        try other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "hello")
        // The worker drains as soon as the slow one is gone, although it never read.
        try worker.drain(requests: .seconds(60))
        other.close()
        #expect(worker.waitForEnd() == .drained)
    }

    @Test(arguments: [1024, nil])
    func littleIsTakenForAClientWithASmallWindow(room: Int?) throws {
        var app = testApplication()
        app.get("/large", always: Response(text: String(repeating: "a", count: 1_000_000)))
        let worker = try TestWorker(app)
        let slow = try TestClient(worker.address, room: room)
        try slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "what is taken") { worker.count(.bytesOut) > 0 }
        #expect((worker.count(.bytesOut) < 100_000) == (room != nil))
    }

    @Test func aClientThatGoesOnSendingAfterARefusalIsLeft() throws {
        let worker = try worker { $0.lingerTimeout = .milliseconds(200) }
        let client = try TestClient(worker.address)
        try client.send("nonsense\r\n\r\n")
        #expect(try client.answer().status == 400)
        #expect(try client.rest() == "")
        try worker.drain(requests: .seconds(60))
        #expect(worker.waitForEnd() == .drained)
    }
}
