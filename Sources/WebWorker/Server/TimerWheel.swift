/// Deadlines of many connections, coarsely: a ring of slots of an eighth of a second.
///
/// An entry is only a moment to look at a connection again. Its owner may move the real deadline later as often as it
/// likes without touching the wheel; only an earlier deadline needs a new entry. So a busy connection costs the wheel
/// one entry a turn, not one a request.
struct TimerWheel {
    /// A moment in the wheel's ticks.
    typealias Tick = Int64
    static let tickMilliseconds: Int64 = 128
    private static let slotCount: Int64 = 512

    private var slots = [[UInt64]](repeating: [], count: Int(slotCount))
    private var occupied = [UInt64](repeating: 0, count: Int(slotCount / 64))
    private var current: Tick

    /// A wheel that stands at `now` (milliseconds of the monotonic clock).
    init(now: Int64) { current = now / Self.tickMilliseconds }

    /// The tick at which a deadline has passed; at most one turn ahead, so the entry may come before the deadline.
    func tick(for deadline: Int64) -> Tick {
        min(max(deadline / Self.tickMilliseconds + 1, current + 1), current + Self.slotCount - 1)
    }

    /// Puts `token` in at a tick that `tick(for:)` gave.
    mutating func insert(_ token: UInt64, at tick: Tick) {
        let slot = Int(tick % Self.slotCount)
        slots[slot].append(token)
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    /// Moves on to `now`, and appends each token whose tick has come, with that tick.
    mutating func advance(to now: Int64, into due: inout [(token: UInt64, tick: Tick)]) {
        let target = now / Self.tickMilliseconds
        while current < target {
            guard let next = nextOccupied(), next <= target else {
                current = target
                return
            }
            current = next
            let slot = Int(next % Self.slotCount)
            for token in slots[slot] { due.append((token, next)) }
            slots[slot].removeAll(keepingCapacity: true)
            occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
        }
    }

    /// The next entry's time, in milliseconds of the monotonic clock; nil without an entry.
    var nextDeadline: Int64? { nextOccupied().map { $0 * Self.tickMilliseconds } }

    private func nextOccupied() -> Tick? {
        let start = current + 1
        let first = Int(start % Self.slotCount)
        let words = occupied.count
        for step in 0...words {
            let word = (first / 64 + step) % words
            var bits = occupied[word]
            if step == 0 { bits &= ~0 << UInt64(first % 64) }
            if step == words { bits &= (1 << UInt64(first % 64)) &- 1 }
            guard bits != 0 else { continue }
            let slot = Int64(word * 64 + bits.trailingZeroBitCount)
            return start + (slot - Int64(first) + Self.slotCount) % Self.slotCount
        }
        return nil
    }
}
