import Glibc

/// The chance of simulated traffic: SplitMix64 from a seed.
struct VerdictChance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 to below 1.
    mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992
    }

    /// Between the two, with every order of magnitude as likely as any other.
    mutating func magnitude(_ low: Double, _ high: Double) -> Double { low * pow(high / low, uniform()) }

    /// A waiting time of this mean.
    mutating func wait(mean: Double) -> Double { -log(1 - uniform()) * mean }

    /// A number of things that come by themselves, of this mean: by inversion, and for large means by the normal law.
    mutating func count(mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        guard mean < 50 else { return max(0, Int((mean + normal() * mean.squareRoot()).rounded())) }
        let limit = exp(-mean)
        var (product, count) = (uniform(), 0)
        while product > limit {
            count += 1
            product *= uniform()
        }
        return count
    }

    /// So many of `all`, each with this probability.
    mutating func part(of all: Int, share: Double) -> Int {
        guard all > 0, share > 0 else { return 0 }
        guard share < 1 else { return all }
        if all <= 40 { return (0..<all).reduce(0) { sum, _ in uniform() < share ? sum + 1 : sum } }
        let mean = Double(all) * share
        if mean < 50 { return min(all, count(mean: mean)) }
        return min(all, max(0, Int((mean + normal() * (mean * (1 - share)).squareRoot()).rounded())))
    }

    private mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * Double.pi * uniform())
    }
}
