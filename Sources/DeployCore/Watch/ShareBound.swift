/// What a share of answers may be in truth, as far as they tell.
enum ShareBound {
    /// The largest share with which it still has a probability of `alpha` that so few of so many are bad; 1 without any.
    ///
    /// Source: the Chernoff bound; Hoeffding, Probability inequalities for sums of bounded random variables (1963),
    /// theorem 1: P(share ≤ s) ≤ exp(-n · kl(s, p)).
    static func upper(_ bad: Int, of all: Int, alpha: Double) -> Double {
        guard all > 0, bad < all else { return 1 }
        let seen = Double(max(0, bad)) / Double(all)
        let limit = -logarithm(alpha) / Double(all)
        var (low, high) = (seen, 1.0)
        for _ in 1...50 {
            let middle = (low + high) / 2
            if divergence(seen, middle) > limit { high = middle } else { low = middle }
        }
        return high
    }

    /// Whether so many are bad as of that share only once in twenty times are.
    static func isLarger(_ bad: Int, of all: Int, than share: Double) -> Bool {
        guard all > 0, share > 0, share < 1 else { return all > 0 && bad > 0 && share <= 0 }
        let seen = min(1, Double(bad) / Double(all))
        return seen > share && Double(all) * divergence(seen, share) > 3
    }

    /// The Kullback-Leibler divergence of two Bernoulli shares, the second one neither 0 nor 1.
    private static func divergence(_ share: Double, _ other: Double) -> Double {
        let first = share > 0 ? share * logarithm(share / other) : 0
        let second = share < 1 ? (1 - share) * logarithm((1 - share) / max(1 - other, 1e-300)) : 0
        return first + second
    }

    /// The natural logarithm of a positive number, to 14 digits: 2 · artanh((m - 1) / (m + 1)) of the significand, and the
    /// exponent's part. (The core imports nothing that has one.)
    static func logarithm(_ number: Double) -> Double {
        guard number > 0, number.isFinite else { return number > 0 ? .infinity : -.infinity }
        var (significand, exponent) = (number.significand, Double(number.exponent))
        if significand > 1.414_213_562_373_095 { (significand, exponent) = (significand / 2, exponent + 1) }
        let ratio = (significand - 1) / (significand + 1)
        var (sum, power) = (0.0, ratio)
        for odd in stride(from: 1.0, through: 21, by: 2) {
            sum += power / odd
            power *= ratio * ratio
        }
        return 2 * sum + exponent * 0.693_147_180_559_945_3
    }
}
