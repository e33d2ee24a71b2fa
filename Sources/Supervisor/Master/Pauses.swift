internal import Linux

/// Descriptors that the loop looks away from for a moment: epoll would report again at once what cannot be mended now, and
/// the loop would do nothing else. Everything that the master watches and that can be in such a state is paused here.
struct Pauses {
    /// How long.
    static let length = Duration.milliseconds(100)

    private struct Entry {
        let due: Instant
        let number: CInt
        let interest: Epoll.Interest
    }

    private var entries: [UInt64: Entry] = [:]

    /// When the loop has to look again.
    var nextDeadline: Instant? { entries.values.map(\.due).min() }

    /// Whether this registration rests.
    func contains(_ token: Token) -> Bool { entries[token.number] != nil }

    /// Takes a descriptor out of epoll until `length` has passed: what has gone wrong is reported whatever is asked for.
    mutating func begin(
        _ token: Token, _ number: CInt, _ interest: Epoll.Interest, on epoll: borrowing Epoll, at now: Instant
    ) {
        try? epoll.remove(number)
        entries[token.number] = Entry(due: now + Self.length, number: number, interest: interest)
    }

    /// Forgets a descriptor, which is about to be closed.
    mutating func forget(_ token: Token) { entries[token.number] = nil }

    /// Looks again at those whose pause is over.
    mutating func end(on epoll: borrowing Epoll, at now: Instant) {
        for (token, entry) in entries where entry.due <= now {
            entries[token] = nil
            try? epoll.add(entry.number, entry.interest, token: token)
        }
    }
}

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
        return kept > 0 ? "\(text) (and \(kept) times since this was said last)" : text
    }
}
