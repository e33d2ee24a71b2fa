/// Which of its kept connections a generation keeps, and whose the others are.
///
/// A connection has a lot, below ``SteeringTarget/whole``, which stays with it from step to step of a canary. The old
/// generation keeps the lots from the new one's share on: when that grows, more connections go, and none comes back. The
/// new one keeps whatever it has, since what the kernel has steered there was drawn already.
package struct KeptShare: Hashable, Sendable {
    /// The lots that it keeps.
    package let lots: Range<Int>
    /// Where connections of other lots go; nil: there are none.
    package let others: GenerationNumber?

    /// Users are kept out meanwhile, but those from these networks; nil: they are not.
    package let spared: [String]?

    package init(lots: Range<Int>, others: GenerationNumber?, spared: [String]? = nil) {
        self.lots = lots
        self.others = others
        self.spared = spared
    }

    /// All of them.
    package static let everything = KeptShare(lots: 0..<SteeringTarget.whole, others: nil)
}

extension SteeringTarget {
    /// What a generation keeps when steering rests here.
    package func share(of generation: GenerationNumber) -> KeptShare {
        guard let newest = shares.max(by: { $0.generation < $1.generation }), newest.generation != generation else {
            return .everything
        }
        if generations.contains(generation) {
            return KeptShare(lots: newest.weight..<Self.whole, others: newest.generation)
        }
        // It has lost its users, to the one that had them before a canary.
        return KeptShare(lots: 0..<0, others: generations.min())
    }
}
