import Testing

@testable import WebWorker

@Suite struct EarlyReadsTests {
    /// Which of so many connections are read at once when their requests come `early` or not.
    private func tries(_ reads: inout EarlyReads, _ count: Int, early: Bool) -> [Bool] {
        (0..<count).map { _ in
            let tries = reads.shallTry()
            if tries { reads.tried(early) }
            return tries
        }
    }

    @Test("Each connection is read at once while requests come with them; after one without, every 16th")
    func adapts() {
        var reads = EarlyReads()
        #expect(tries(&reads, 40, early: true).allSatisfy { $0 })
        let without = tries(&reads, 33, early: false)
        #expect(without.enumerated().filter(\.element).map(\.offset) == [0, 16, 32])
        #expect(tries(&reads, 40, early: true) == (0..<40).map { $0 >= 15 })
    }
}
