/// A pause of something that epoll would report again at once, for nothing. Moments are in milliseconds of the monotonic
/// clock.
struct Rest: Equatable, Sendable {
    static let milliseconds: Int64 = 100

    /// `Int64.max` if there is no rest.
    private(set) var end = Int64.max

    var isOn: Bool { end != .max }

    mutating func begin(at now: Int64) { end = now + Self.milliseconds }

    /// True once the rest has ended; then there is none any more.
    mutating func isOver(at now: Int64) -> Bool {
        guard end <= now else { return false }
        end = .max
        return true
    }
}

/// Lets a message through once in an interval, in milliseconds of the monotonic clock.
struct Throttle: Equatable, Sendable {
    private let interval: Int64
    private var next = Int64.min

    init(milliseconds: Int64 = 60_000) { interval = milliseconds }

    /// True if a line may be written now; then the interval begins.
    mutating func passes(at now: Int64) -> Bool {
        guard now >= next else { return false }
        next = now + interval
        return true
    }
}
