import Testing

@testable import DeployCore

@Suite("The test of a share")
struct ShareTestTests {
    /// After how many blocks of this share it is exceeded; nil: not after a thousand.
    private static func blocks(of share: Double, bound: Double, after good: Int = 0) -> Int? {
        var test = ShareTest()
        for _ in 0..<good { test.take(0, bound: bound) }
        for count in 1...1000 {
            test.take(share, bound: bound)
            if test.isExceeded(alpha: 0.0025) { return count }
        }
        return nil
    }

    @Test("However bad a block is, three of them decide nothing, and four do")
    func blocks() {
        #expect(Self.blocks(of: 1, bound: 0.001) == 4)
        #expect(Self.blocks(of: 1, bound: 1e-12) == 4)
        #expect(Self.blocks(of: 1, bound: 0) == 4)
        #expect(Self.blocks(of: 0.02, bound: 0.01).map { (10...30).contains($0) } == true)
    }

    @Test("What is no larger than the bound is never evidence, nor is nothing")
    func bound() {
        for share in [0, 0.0001, 0.01, 1] { #expect(Self.blocks(of: share, bound: share) == nil, "\(share)") }
        #expect(Self.blocks(of: 0.5, bound: 1) == nil)
    }

    @Test("What turns bad late is found, a few blocks later than what was bad from the beginning")
    func late() throws {
        let blocks = try #require(Self.blocks(of: 1, bound: 0.001, after: 25))
        #expect((5...9).contains(blocks))
        #expect(Self.blocks(of: 1, bound: 0.001, after: 100_000).map { $0 < 20 } == true)
    }

    @Test(
        "Of blocks that are as bad as the bound on average, at most so many in a thousand rows are evidence at any time"
    )
    func falseAlarms() {
        // Blocks whose share is all or nothing, or a little more or less: what is bet on most, and what happens mostly.
        let rows: [(name: String, share: (inout VerdictChance) -> Double)] = [
            ("all or nothing", { $0.uniform() < 0.02 ? 1 : 0 }),
            ("ten answers", { Double($0.part(of: 10, share: 0.02)) / 10 }),
            ("a thousand", { Double($0.part(of: 1000, share: 0.02)) / 1000 }),
        ]
        for (name, share) in rows {
            var chance = VerdictChance(seed: 1)
            let alarms = (0..<400).count { _ in
                var test = ShareTest()
                for _ in 0..<200 {
                    test.take(share(&chance), bound: 0.02)
                    if test.isExceeded(alpha: 0.01) { return true }
                }
                return false
            }
            // 4 of 400, and three standard deviations; `scripts/verdicts` has many more.
            #expect(alarms <= 10, "\(name): \(alarms)")
        }
    }

    @Test("A capital neither overflows nor gets lost")
    func extremes() {
        var test = ShareTest()
        for _ in 0..<10_000 { test.take(1, bound: 0.01) }
        #expect(test.capital.isFinite && test.isExceeded(alpha: 1e-9))
        for _ in 0..<100_000 { test.take(0, bound: 0.01) }
        #expect(test.capital >= 0 && !test.isExceeded(alpha: 0.01))
    }

    @Test("A logarithm is exact to twelve digits")
    func logarithm() {
        let known: [(Double, Double)] = [
            (1, 0), (2, 0.693147180559945), (10, 2.302585092994046), (0.0025, -5.991464547107982),
            (1e-300, -690.775527898214), (1e15, 34.538776394910684), (1.4142, 0.3465640001880033),
        ]
        for (number, logarithm) in known {
            #expect(abs(ShareBound.logarithm(number) - logarithm) <= 1e-12 * max(1, abs(logarithm)), "\(number)")
        }
        #expect(ShareBound.logarithm(0) == -.infinity)
    }

    @Test("What a share may be in truth: without answers anything, and less with each")
    func upper() {
        #expect(ShareBound.upper(0, of: 0, alpha: 0.01) == 1)
        #expect(ShareBound.upper(5, of: 5, alpha: 0.01) == 1)
        // 1 - 0.01^(1/n): none of n are bad once in a hundred times.
        #expect(abs(ShareBound.upper(0, of: 100, alpha: 0.01) - 0.04500741) < 1e-6)
        #expect(abs(ShareBound.upper(0, of: 1_000_000, alpha: 0.01) - 4.6e-6) < 1e-7)
        let upper = ShareBound.upper(100, of: 10_000, alpha: 0.01)
        #expect((0.0125...0.014).contains(upper), "\(upper)")
        #expect(ShareBound.isLarger(10, of: 100, than: 0.01) && !ShareBound.isLarger(1, of: 100, than: 0.01))
    }
}
