import Linux
import TestSupport
import Testing

@testable import WebWorker

/// The memory and the files of bodies that arrive.
@Suite struct BodyMemoryTests {
    private let directory: TemporaryDirectory
    private let files = SpoolBudget(limit: 1 << 20)
    private let memory: BodyMemory

    init() throws {
        directory = try TemporaryDirectory()
        memory = BodyMemory(limit: 200_000, directory: directory.path, files)
    }

    private func request() -> ArrivingRequest { ArrivingRequest(head: RequestHead(), bytes: [], since: 0, memory) }

    private func append(_ count: Int, of byte: UInt8, to request: ArrivingRequest) throws {
        let piece = [UInt8](repeating: byte, count: count)
        request.append(0..<count, of: piece.span)
        try request.keep()
    }

    @Test func whatExceedsTheMemoryIsInAFileAndComesBackWhole() throws {
        let first = request()
        try append(80_000, of: 1, to: first)
        #expect(memory.used >= 80_000 && files.used == 0)
        let before = memory.used
        do {
            let second = request()
            for byte in 2..<6 { try append(70_000, of: UInt8(byte), to: second) }
            #expect(second.received == 280_000)
            // Nothing of it counts as memory any more.
            #expect(memory.used == before && files.used > 200_000)
            let whole = try second.whole()
            #expect(whole.count == 280_000)
            for byte in 2..<6 { #expect(whole[(byte - 2) * 70_000] == UInt8(byte)) }
            #expect(whole.last == 5)
        }
        #expect(files.used == 0)
        #expect(try first.whole() == [UInt8](repeating: 1, count: 80_000))
    }

    @Test func aLargePieceLeavesNoLargeBufferBehind() throws {
        let spool = Spool(in: directory.path, SpoolBudget(limit: 8 << 20))
        try spool.append([UInt8](repeating: 1, count: 4 << 20).span)
        #expect(spool.capacity <= 4 * Spool.memoryBytes && spool.count == 4 << 20)
    }

    @Test func openFilesCountAsLongAsThereAre() throws {
        let budget = SpoolBudget(limit: 8 << 20)
        do {
            let first = Spool(in: directory.path, budget)
            try first.append([UInt8](repeating: 1, count: 100_000).span)
            let second = Spool(in: directory.path, budget)
            try second.append([UInt8](repeating: 1, count: 100_000).span)
            #expect(budget.openFiles == 2)
            while !first.isEmpty { _ = try first.take(upTo: 1 << 20) }
            #expect(budget.openFiles == 1 && second.count == 100_000)
        }
        #expect(budget.openFiles == 0 && budget.used == 0)
    }

    @Test func whatIsGoneCountsNoMore() throws {
        do {
            let request = request()
            try append(100_000, of: 1, to: request)
            #expect(memory.used >= 100_000)
            withExtendedLifetime(request) {}
        }
        #expect(memory.used == 0)
    }

    @Test func aBodyThatIsAloneStaysInMemoryWhateverItsSize() throws {
        let request = request()
        for _ in 0..<10 { try append(65_536, of: 1, to: request) }
        #expect(memory.used >= 655_360 && files.used == 0)
        withExtendedLifetime(request) {}
    }

    @Test func withoutRoomForAFileTheErrorIsSaid() throws {
        let first = request()
        try append(180_000, of: 1, to: first)
        let second = request()
        #expect(throws: SystemError.self) { for _ in 0..<40 { try append(65_536, of: 2, to: second) } }
        withExtendedLifetime(first) {}
    }

    @Test func chunksAreLimitedInAllWhereverTheyAre() throws {
        let first = request()
        try append(180_000, of: 1, to: first)
        let second = request()
        let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 2, count: 65_536) + Array("\r\n".utf8)
        for _ in 0..<4 {
            let outcome = second.decode(chunk.span, from: 0, limit: 300_000)
            #expect(outcome == .incomplete)
            try second.keep()
        }
        #expect(second.received == 262_144)
        let outcome = second.decode(chunk.span, from: 0, limit: 300_000)
        #expect(outcome == .malformed(.bodyTooLarge))
        withExtendedLifetime(first) {}
    }
}
