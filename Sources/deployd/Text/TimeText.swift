/// Times as people read them: two units at most, the unit always there.
enum TimeText {
    /// How long ago, or for how long: "3 s", "2 min 5 s", "3 h 4 min", "12 d 1 h".
    static func age(seconds: Int) -> String {
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        let total = max(0, seconds)
        guard let first = units.firstIndex(where: { total >= $0.0 }) else { return "0 s" }
        let (length, name) = units[first]
        let whole = "\(total / length) \(name)"
        guard first + 1 < units.count else { return whole }
        let (nextLength, nextName) = units[first + 1]
        let rest = total % length / nextLength
        return rest == 0 ? whole : "\(whole) \(rest) \(nextName)"
    }

    /// How long something took: "0.3 ms", "38 ms", "5.3 s", "2 min 5 s".
    static func took(milliseconds: Double) -> String {
        guard milliseconds.isFinite else { return "?" }
        switch max(0, milliseconds) {
        case ..<9.95: return "\(tenths(milliseconds)) ms"
        case ..<999.5: return "\(Int(milliseconds.rounded())) ms"
        case ..<59_950: return "\(tenths(milliseconds / 1000)) s"
        default: return age(seconds: Int(clamping: Int64(min(milliseconds / 1000, 1e15).rounded())))
        }
    }

    /// The same for what may be very short: "90 µs", "1.4 ms".
    static func took(microseconds: Int) -> String {
        microseconds < 1000 ? "\(max(0, microseconds)) µs" : took(milliseconds: Double(microseconds) / 1000)
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((max(0, value) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
