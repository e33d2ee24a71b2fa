import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Bytes that are kept for a slower side.
@Suite struct SpoolTests {
    private let directory: TemporaryDirectory
    private let budget = SpoolBudget(limit: 1 << 20)

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [1, 7, 1000, 70_000]) func whatIsPutInComesOutInItsOrder(seed: Int) throws {
        let spool = Spool(in: directory.path, budget)
        var (given, taken, state) = ([UInt8](), [UInt8](), UInt64(seed))
        for round in 0..<300 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = Int(state >> 33) % 4000
            let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: count)
            given += piece
            try spool.append(piece.span)
            if state & 3 == 0 || round == 299 {
                while !spool.isEmpty, taken.count < given.count { taken += try spool.take(upTo: 1 + seed) }
            } else if state & 1 == 0 {
                taken += try spool.take(upTo: seed)
            }
            #expect(spool.count == given.count - taken.count)
        }
        #expect(taken == given)
        #expect(try spool.take(upTo: 9).isEmpty && budget.used == 0)
        // Nobody else can find what is in there.
        #expect(try Files.list(directory.path).isEmpty)
    }

    @Test func theBudgetIsOneForAllAndComesBack() throws {
        do {
            let (one, other) = (Spool(in: directory.path, budget), Spool(in: directory.path, budget))
            try one.append([UInt8](repeating: 1, count: 1 << 20).span)
            #expect(budget.used == 1 << 20)
            let piece = [UInt8](repeating: 2, count: Spool.memoryBytes + 1)
            #expect(throws: SystemError.self) { try other.append(piece.span) }
            // What could not be written down is not lost.
            #expect(try other.take(upTo: .max) == piece)
        }
        #expect(budget.used == 0)
    }

    @Test func aDirectoryThatIsNotThereIsSaid() throws {
        let spool = Spool(in: directory.path("none"), budget)
        let error = #expect(throws: SystemError.self) {
            try spool.append([UInt8](repeating: 2, count: Spool.memoryBytes + 1).span)
        }
        #expect(error?.subject == directory.path("none"))
    }
}
