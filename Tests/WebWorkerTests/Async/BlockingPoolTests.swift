import Dispatch
import Handoff
import TestSupport
import Testing

@testable import WebWorker

/// Requests that wait for a thread: how many may, and what they leave behind.
@Suite struct BlockingPoolTests {
    private let nothing = BlockingPool.Job.call(bodyBytes: 1) {}

    @Test func aQueueThatIsNeverEmptyDoesNotGrow() {
        var queue = JobQueue()
        for _ in 0..<100 { queue.append(nothing) }
        for _ in 0..<10_000 {
            queue.append(nothing)
            #expect(queue.next() != nil)
        }
        #expect(queue.count == 100 && queue.bytes == 100 && queue.room < 300)
        for _ in 0..<100 { #expect(queue.next() != nil) }
        #expect(queue.next() == nil && queue.isEmpty && queue.bytes == 0 && queue.room == 0)
    }

    @Test func onlySoManyWait() throws {
        let pool = try BlockingPool(limit: 1, maxWaiting: 3, maxWaitingBytes: 10)
        let (gate, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let waits = { (bytes: Int) in
            BlockingPool.Job.call(bodyBytes: bytes) {
                _ = gate.wait(timeout: .now() + .seconds(60))
                done.signal()
            }
        }
        #expect(pool.submit(waits(0)))
        #expect(pool.submit(waits(100)), "one with a large body may wait alone")
        #expect(!pool.submit(waits(1)), "too many bytes")
        for _ in 0..<2 { gate.signal() }
        for _ in 0..<2 { #expect(done.wait(timeout: .now() + .seconds(60)) == .success) }
        let other = try BlockingPool(limit: 1, maxWaiting: 2)
        for place in 0..<4 { #expect(other.submit(waits(0)) == (place < 3), "too many") }
        for _ in 0..<3 { gate.signal() }
        for _ in 0..<3 { #expect(done.wait(timeout: .now() + .seconds(60)) == .success) }
    }

    @Test(arguments: [false, true]) func aRequestTooManyIsA503AndTheOthersAreAnswered(isMiddleware: Bool) throws {
        let gate = DispatchSemaphore(value: 0)
        var app = Application()
        app.configuration.maxBlockingHandlers = 1
        app.configuration.maxWaitingHandlers = 1
        if isMiddleware { app.use { try await $1($0) } }
        app.get("/wait", .blocking) { _ in
            _ = gate.wait(timeout: .now() + .seconds(60))
            return Response(text: "waited")
        }
        let worker = try TestWorker(app)
        let clients = try (0..<3).map { _ in try TestClient(worker.address) }
        for (count, client) in clients.enumerated() {
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            if count < 2 { try wait(for: "the request") { worker.count(.inFlight) == count + 1 } }
        }
        #expect(try clients[2].answer().status == 503)
        for _ in 0..<2 { gate.signal() }
        for client in clients.prefix(2) { #expect(try client.answer().body == "waited") }
    }
}
