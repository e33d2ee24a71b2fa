internal import Handoff
internal import Linux

/// The keys with which workers write and read session tickets (RFC 8446, section 4.6.1): the master's, the same for all workers
/// and generations, so that a client who comes back is known wherever it arrives. They lie in memory alone.
struct TicketKeys: Equatable {
    /// Tickets are written with a key for so long.
    static let writing = Duration.seconds(12 * 3600)
    /// So many are known: a ticket is good for 24 hours at least.
    static let kept = 3

    /// Newest first: never none.
    private(set) var keys: [TLSKeys.TicketKey]

    /// Goes on with the keys of an earlier master, as far as they are of use at `now` (since 1970).
    init(goingOnWith earlier: [TLSKeys.TicketKey], at now: Duration) {
        keys = Array(earlier.prefix(Self.kept))
        rotate(at: now)
    }

    /// Makes a new key if the newest has had its time, or seems to be of the future: somebody may have set the clock.
    mutating func rotate(at now: Duration) {
        if let age = age(at: now), age >= .zero, age < Self.writing { return }
        keys = [Self.make(at: now)] + keys.prefix(Self.kept - 1)
    }

    /// When there is something to rotate, from `now` on.
    func nextRotation(at now: Duration) -> Duration { max(.zero, Self.writing - (age(at: now) ?? Self.writing)) }

    /// How old the newest is; nil: there is none.
    private func age(at now: Duration) -> Duration? {
        // Its name begins with when it was made.
        keys.first.map { now - .seconds($0.name.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }) }
    }

    /// A key that nobody can guess. The first eight bytes of its name say when it was made.
    private static func make(at now: Duration) -> TLSKeys.TicketKey {
        let seconds = UInt64(max(0, now.components.seconds))
        let time = (0..<8).reversed().map { UInt8(truncatingIfNeeded: seconds >> (UInt64($0) * 8)) }
        // (The system's generator is getrandom(2).)
        var generator = SystemRandomNumberGenerator()
        let random = (0..<TLSKeys.TicketKey.byteCount - 8).map { _ in UInt8.random(in: .min ... .max, using: &generator)
        }
        guard let key = TLSKeys.TicketKey(time + random) else { fatalError("a ticket key has another length") }
        return key
    }
}
