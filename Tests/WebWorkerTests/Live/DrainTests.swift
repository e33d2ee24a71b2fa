import Dispatch
import TestSupport
import Testing

@testable import WebWorker

/// The rules of a drain over real sockets: nothing that a client sent is lost, and nothing is cut off.
@Suite struct DrainTests {
    @Test func aWorkerWithoutConnectionsEndsAtOnce() throws {
        let worker = try TestWorker(testApplication())
        try worker.drain(requests: .seconds(60))
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func anIdleConnectionStaysAndItsNextRequestIsAnsweredWithClose() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try !client.answer().has("Connection: close"))
        try worker.drain(requests: .seconds(60))
        // Another connection is answered with close: so the drain has begun.
        try untilDraining(worker)
        #expect(try client.isQuiet())
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().has("Connection: close"))
        #expect(try client.rest() == "")
        client.close()
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func aStragglerInTheLaneIsServed() throws {
        let worker = try TestWorker(testApplication())
        let holder = try TestClient(worker.address)
        try holder.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try holder.answer()
        try worker.drain(requests: .seconds(60))
        try untilDraining(worker)
        let straggler = try TestClient(worker.address)
        try straggler.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try straggler.answer().has("Connection: close"))
    }

    @Test func aLaneThatOthersServeIsLeftToThem() throws {
        let worker = try TestWorker(testApplication())
        let holder = try TestClient(worker.address)
        try holder.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try holder.answer()
        try worker.drain(requests: .seconds(60), laneIsLive: true)
        // Answered with close: so the drain has begun.
        try wait(for: "an answer with Connection: close") {
            try holder.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            return try holder.answer().has("Connection: close")
        }
        // What comes now stays in the lane, which the worker has let go of: only who else holds it can take it out.
        let next = try TestClient(worker.address)
        try next.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        holder.close()
        #expect(worker.waitForEnd() == .drained)
        #expect(try next.isQuiet())
        #expect(try worker.acceptFromLane() == next.localAddress)
    }

    @Test func aConnectionThatWaitsInTheLaneWhenTheDrainBeginsIsServed() throws {
        let worker = try TestWorker(testApplication())
        let clients = try (0..<50).map { _ in try TestClient(worker.address) }
        try worker.drain(requests: .seconds(60))
        for client in clients { try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients {
            #expect(try client.answer().body == "hello")
            client.close()
        }
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func aRequestThatHasBegunIsReadToItsEndAndAnswered() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst")
        try worker.drain(requests: .seconds(60))
        try untilDraining(worker)
        try client.send("later")
        let answer = try client.answer()
        #expect(answer.body == "firstlater")
        #expect(answer.has("Connection: close"))
    }

    @Test func aRequestInABlockingHandlerIsAnswered() throws {
        let gate = DispatchSemaphore(value: 0)
        var app = testApplication()
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try worker.drain(requests: .seconds(60))
        try untilDraining(worker)
        #expect(worker.isRunning)
        gate.signal()
        let answer = try client.answer()
        #expect(answer.body == "waited")
        #expect(answer.has("Connection: close"))
        client.close()
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func theDeadlineEndsADrainAndClosesIdleConnections() throws {
        let worker = try TestWorker(testApplication())
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.answer()
        try worker.drain(requests: .milliseconds(100))
        #expect(try client.rest() == "")
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func theDeadlineEndsADrainAlthoughAHandlerHangs() throws {
        let gate = DispatchSemaphore(value: 0)
        var app = testApplication()
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        try worker.drain(requests: .milliseconds(100))
        #expect(worker.waitForEnd() == .drained)
        gate.signal()
    }

    @Test func fromASharedLaneNothingIsTakenAnyMore() throws {
        let worker = try TestWorker(testApplication(), isShared: true)
        let holder = try TestClient(worker.address)
        try holder.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try holder.answer()
        try worker.drain(requests: .seconds(60))
        try holder.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try holder.answer().body == "hello")
        holder.close()
        #expect(worker.waitForEnd() == .drained)
        // The lane is still open in our hands, as it is in another generation's.
        let next = try TestClient(worker.address)
        try next.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.isQuiet())
    }

    /// Returns when a new connection shows that the worker drains.
    private func untilDraining(_ worker: TestWorker) throws {
        try wait(for: "an answer with Connection: close") {
            let probe = try TestClient(worker.address)
            try probe.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            return try probe.answer().has("Connection: close")
        }
    }
}
