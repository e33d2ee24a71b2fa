import Testing

@testable import WebWorker

@Suite struct GateTests {
    private struct Broken: Error {}

    @Test func anOpenGateLetsThroughAndAClosedOneWhenItOpens() async throws {
        let gate = Gate(isOpen: true)
        try await gate.wait()
        gate.close()
        let waiters = (0..<10).map { _ in Task { try await gate.wait() } }
        await Task.yield()
        gate.open()
        for waiter in waiters { try await waiter.value }
    }

    @Test func whoWaitsIsLetGoWhenItsTaskIsCancelled() async throws {
        let gate = Gate(isOpen: false)
        for yields in 0..<20 {
            let waiter = Task { try await gate.wait() }
            for _ in 0..<yields { await Task.yield() }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
    }

    @Test func aFailedGateFailsForEverybody() async throws {
        let gate = Gate(isOpen: false)
        let waiter = Task { try await gate.wait() }
        await Task.yield()
        gate.fail(Broken())
        gate.open()
        await #expect(throws: Broken.self) { try await waiter.value }
        await #expect(throws: Broken.self) { try await gate.wait() }
    }
}
