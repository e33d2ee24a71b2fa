import Linux

/// A line a second on standard error, for the person who waits.
struct Progress {
    private static let interval: Nanoseconds = 1_000_000_000

    private let start: Nanoseconds
    /// When the next line is due.
    private(set) var next: Nanoseconds

    init(isOn: Bool, start: Nanoseconds) {
        self.start = start
        next = isOn ? start + Self.interval : .max
    }

    /// Writes a line when one is due.
    mutating func show(_ tally: Tally, at now: Nanoseconds) {
        guard now >= next else { return }
        next = now + Self.interval
        let seconds = (now - start) / Self.interval
        StandardError.line("\(seconds) s: \(tally.answered) answered, \(tally.failed) failed")
    }
}
