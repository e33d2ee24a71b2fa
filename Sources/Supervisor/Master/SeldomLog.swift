internal import DeployCore

/// Says of each thing that may happen again and again only so much that a log stays readable.
struct SeldomLog {
    /// How long nothing more is said of the same thing.
    static let silence = Duration.seconds(60)
    /// Things that it remembers at most.
    private static let capacity = 256

    private var last: [String: (said: Instant, kept: Int)] = [:]

    /// What is to be said: `text`, with how often it was kept back; nil: nothing.
    mutating func line(_ thing: String, _ text: String, at now: Instant) -> String? {
        if let before = last[thing], now - before.said < Self.silence {
            last[thing]?.kept += 1
            return nil
        }
        let kept = last[thing]?.kept ?? 0
        if last.count >= Self.capacity { last = [:] }
        last[thing] = (now, 0)
        return kept > 0 ? "\(text) (and \(CountText.of(kept, "time")) since the last report)" : text
    }
}
