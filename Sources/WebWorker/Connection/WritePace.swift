/// Whether a peer still takes what it is sent, judged by what it has acknowledged. Pure; times are in milliseconds.
///
/// That the kernel takes more of us says it too late: over loopback it takes megabytes, and then nothing until a third of
/// them is gone, for which a slow reader needs minutes. So it is asked how much of what it took is still there, when nothing
/// went out for a part of the limit, and never before.
struct WritePace: Equatable, Sendable {
    /// Below this rate a client counts as taking nothing: a byte now and then would keep a connection, and its buffers,
    /// for ever.
    static let leastBytesPerSecond = 1024
    /// Looks within a limit.
    private static let looks: Int64 = 4

    /// From when on it has not taken enough.
    private var since: Int64 = 0
    /// Bytes that the kernel had for the peer at that time; nil before the first look.
    private var waiting: Int?

    /// Bytes have gone out. Returns when to look.
    mutating func restart(at now: Int64, limit: Int64) -> Int64 {
        waiting = nil
        return now + Self.step(limit)
    }

    /// A look: the kernel has so many bytes for the peer. Returns when to look again; nil when it has taken nothing for as
    /// long as the limit is.
    mutating func look(_ bytes: Int, at now: Int64, limit: Int64) -> Int64? {
        if let waiting, waiting - bytes < max(1, Self.leastBytesPerSecond * Int(limit) / 1000) {
            return now - since < limit ? min(now + Self.step(limit), since + limit) : nil
        }
        (since, waiting) = (now, bytes)
        return now + Self.step(limit)
    }

    private static func step(_ limit: Int64) -> Int64 { max(1, limit / looks) }
}
