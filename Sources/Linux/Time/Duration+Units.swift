extension Duration {
    /// Whole milliseconds, rounded up; what does not fit becomes the largest or smallest number.
    package var milliseconds: Int {
        let (seconds, attoseconds) = components
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Self.clamped(seconds, times: 1000, plus: Int(rest))
    }

    /// Whole microseconds, cut towards zero; what does not fit becomes the largest or smallest number.
    package var microseconds: Int {
        let (seconds, attoseconds) = components
        return Self.clamped(seconds, times: 1_000_000, plus: Int(attoseconds / 1_000_000_000_000))
    }

    private static func clamped(_ seconds: Int64, times factor: Int, plus rest: Int) -> Int {
        let (whole, overflows) = Int(seconds).multipliedReportingOverflow(by: factor)
        let (sum, overflowsToo) = whole.addingReportingOverflow(rest)
        return overflows || overflowsToo ? (seconds < 0 ? .min : .max) : sum
    }
}
