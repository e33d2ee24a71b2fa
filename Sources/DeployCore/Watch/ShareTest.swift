/// Tests, as answers come in, whether a share of them is larger than a bound: at any moment, and as often as one likes.
///
/// Answers are taken block by block. Of each the share that is bad is a number from 0 to 1, whose mean, given all blocks
/// before, is at most the bound as long as the release is no worse. Who bets a part of his capital on more than that has a
/// capital whose mean never grows (a test martingale), so that it ever reaches 1/alpha with a probability of at most alpha
/// (Ville's inequality). Nothing is assumed of the answers within a block: a hiccup of a database that makes a hundred of
/// them bad at once is one block. And since no block counts for more than `most` times the bound, one block decides nothing.
///
/// The capital is divided: over bets of several sizes, since nobody knows how bad the release is, and over the blocks at
/// which they begin, since it may turn bad late. A part that begins later is untouched before.
///
/// Source: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting (2024, JRSS B 86); Howard,
/// Ramdas, McAuliffe and Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences (2021); for the use on
/// deploys, Lindon, Sanden and Shirikian, Rapid regression detection in software deployments through sequential testing
/// (2022, arXiv 2205.14762), and Johari, Koomen, Pekelis and Walsh, Always valid inference (2015; 2022, Operations Research 70).
struct ShareTest: Equatable, Sendable {
    /// The parts of the capital that are bet, each by one bettor.
    private static let bets = [0.3, 0.9]
    /// So many times the bound, at most, a block counts: with both bets four blocks are needed for an alpha of 0.0025.
    private static let most = 8.0
    /// A capital that grows no more: further evidence says nothing new.
    private static let enough = 1e100

    /// What each bettor has by now, of a capital of 1. Half of it is bet from the first block on.
    private var capitals = [Double](repeating: 0.5, count: bets.count)
    private var blocks = 0

    /// Takes a block: the share of it that is bad, and the largest share of one that is good.
    mutating func take(_ share: Double, bound: Double) {
        blocks += 1
        // Of the other half, what begins with this block: 1/2 · (1/n - 1/(n + 1)), which is 1/2 in all.
        let beginning = 0.5 / Double(blocks * (blocks + 1))
        let excess = bound > 0 ? min(share / bound, Self.most) : share > 0 ? Self.most : 0
        for (index, bet) in Self.bets.enumerated() {
            capitals[index] = min((capitals[index] + beginning) * (1 - bet + bet * excess), Self.enough)
        }
    }

    /// What the bettors have together, of 1 in the beginning.
    var capital: Double { capitals.reduce(0, +) / Double(capitals.count) }

    /// Whether the share is larger than the bound, with a probability of at most `alpha` that this is ever said wrongly.
    func isExceeded(alpha: Double) -> Bool { capital * alpha >= 1 }
}
