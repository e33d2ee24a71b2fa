import Linux
import Testing

@Suite("Steering by weight")
struct WeightedSteeringTests {
    /// 6 standard deviations of a binomial count: one run in 500 million falls outside by chance.
    private func tolerance(_ count: Int, _ share: Int) -> Double {
        let chance = Double(share) / 10_000
        return 6 * (Double(count) * chance * (1 - chance)).squareRoot() + 1
    }

    @Test(
        "A share of 10,000 connections goes to one lane, the others to another, none to a third",
        arguments: [100, 2500])
    func split(share: Int) throws {
        let group = try LaneGroup(3)
        try group.lanes[0].socket.attach(SteeringProgram(base: .weighted(index: 2, share: share, others: 0)))
        let counts = try group.connect(10_000)
        #expect(counts[1] == 0)
        #expect(counts[0] + counts[2] == 10_000)
        #expect(abs(Double(counts[2] - share)) <= tolerance(10_000, share))
    }

    @Test(
        "A share of nothing is nothing, and a share of 10,000 or more is all",
        arguments: [(0, 0), (10_000, 500), (20_000, 500)])
    func ends(share: Int, expected: Int) throws {
        let group = try LaneGroup(2)
        try group.lanes[0].socket.attach(SteeringProgram(base: .weighted(index: 1, share: share, others: 0)))
        #expect(try group.connect(500) == [500 - expected, expected])
    }
}
