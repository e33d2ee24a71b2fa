/// A time or a length of time in nanoseconds; as a time, on the monotonic clock or since the start of the run, as the
/// name beside it says. The request path counts in these because arithmetic on `Duration` is 128 bits wide.
package typealias Nanoseconds = Int64

extension Nanoseconds {
    /// This length for a person: three significant digits and a unit, `812 ns`, `4.07 ms`, `63.0 s`.
    package var spelled: String {
        if self < 1_000 { return "\(self) ns" }
        let (scale, unit) =
            self < 1_000_000 ? (1_000, "µs") : self < 1_000_000_000 ? (1_000_000, "ms") : (1_000_000_000, "s")
        return "\(scaled(to: Self(scale))) \(unit)"
    }

    /// Three digits of `self / scale`, or more where the whole part has more.
    private func scaled(to scale: Nanoseconds) -> String {
        let whole = self / scale
        let decimals: Nanoseconds = whole >= 100 ? 0 : whole >= 10 ? 1 : 2
        let power: Nanoseconds = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
        guard decimals > 0 else { return "\(whole)" }
        let fraction = (self % scale) * power / scale
        let digits = String(fraction)
        return "\(whole)." + String(repeating: "0", count: Int(decimals) - digits.count) + digits
    }
}

extension Duration {
    /// This duration in nanoseconds, rounded down; longer than 292 years traps.
    package var nanoseconds: Nanoseconds {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
