import Testing

@testable import WebWorker

/// Which connections a worker keeps while two generations share them.
@Suite struct LotsTests {
    /// A worker with connections, by their lots.
    private struct Worker {
        var lots = Lots(from: 12_345)
        var connections: [UInt16] = []

        mutating func accept(_ count: Int) { for _ in 0..<count { connections.append(lots.draw()) } }

        /// Keeps these, and says how many connections went.
        mutating func keep(_ kept: Range<Int>) -> Int {
            if lots.keep(kept) { connections = connections.map { _ in lots.draw() } }
            let before = connections.count
            connections.removeAll { lots.go($0) }
            return before - connections.count
        }
    }

    @Test func eachStepMovesItsShareAndNothingMovesWithoutOne() {
        var worker = Worker()
        worker.accept(1_000)
        #expect((98...102).contains(worker.keep(1_000..<10_000)))
        // Told again, nothing has changed.
        #expect(worker.keep(1_000..<10_000) == 0)
        // From 10 % to 50 % of what there was.
        #expect((396...404).contains(worker.keep(5_000..<10_000)))
        _ = worker.keep(0..<0)
        #expect(worker.connections.isEmpty)
    }

    @Test func whoComesDuringAStepWasDrawnByTheKernelAlready() {
        var worker = Worker()
        _ = worker.keep(2_000..<10_000)
        // The kernel has sent the other 200 of 1000 elsewhere.
        worker.accept(800)
        #expect(worker.keep(2_000..<10_000) == 0)
        #expect((298...302).contains(worker.keep(5_000..<10_000)))
    }

    @Test func afterTheWayBackAllAreDrawnAnew() {
        var worker = Worker()
        worker.accept(1_000)
        _ = worker.keep(5_000..<10_000)
        #expect(worker.keep(0..<10_000) == 0)
        #expect((49...51).contains(worker.keep(1_000..<10_000)))
    }

    @Test func aFewConnectionsAreDividedToo() {
        for start in stride(from: UInt32(0), to: .max - 1 << 28, by: 1 << 28) {
            var worker = Worker(lots: Lots(from: start))
            worker.accept(25)
            #expect((4...6).contains(worker.keep(2_000..<10_000)))
        }
    }

    @Test func whoKeepsNothingKeepsNobodyWhoComes() {
        var worker = Worker()
        _ = worker.keep(0..<0)
        worker.accept(10)
        #expect(worker.connections.allSatisfy { worker.lots.go($0) })
    }
}
