/// Who gets new connections: generations with their shares. The loop translates it to lanes and programs, listener by
/// listener, and translates it again when indices have moved.
package struct SteeringTarget: Hashable, Sendable, CustomStringConvertible {
    /// The shares' sum.
    package static let whole = 10_000

    /// One generation's part of the new connections.
    package struct Share: Hashable, Sendable {
        /// The generation.
        package let generation: GenerationNumber
        /// Out of ``SteeringTarget/whole``; never zero.
        package let weight: Int

        package init(generation: GenerationNumber, weight: Int) {
            self.generation = generation
            self.weight = weight
        }
    }

    /// One entry a generation; the weights add up to ``whole``.
    package let shares: [Share]

    /// All that get some.
    package var generations: Set<GenerationNumber> { Set(shares.map(\.generation)) }

    /// Everything to one generation.
    package static func only(_ generation: GenerationNumber) -> SteeringTarget {
        SteeringTarget(shares: [Share(generation: generation, weight: whole)])
    }

    /// So many percent to one generation, the others to another.
    package static func split(_ new: GenerationNumber, percent: Int, old: GenerationNumber) -> SteeringTarget {
        let weight = whole / 100 * max(1, min(99, percent))
        return SteeringTarget(
            shares: [Share(generation: new, weight: weight), Share(generation: old, weight: whole - weight)])
    }

    private init(shares: [Share]) {
        self.shares = shares
    }

    package var description: String {
        shares.map { "generation \($0.generation): \($0.weight)/\(Self.whole)" }.joined(separator: ", ")
    }
}
