internal import Linux

/// What is said of a server behind that has not taken a connection yet: it is booting, and to be refused meanwhile is no
/// news. Pure; times are in milliseconds of the monotonic clock.
struct FirstContact: Equatable, Sendable {
    /// So long a server may boot before anything is said.
    static let patience: Int64 = 5000

    private var wasReached = false
    private var isSaid = false
    private var refusedSince: Int64?
    /// Why no connection was made, when nothing was said of it; it explains a request that is given up.
    private(set) var unsaid: SystemError?

    /// A connection was made: from now on every failure is news.
    mutating func reached() {
        wasReached = true
        unsaid = nil
    }

    /// True if it is time to say that a connection was not made.
    mutating func tells(_ error: SystemError, at now: Int64) -> Bool {
        guard !wasReached, error.errno == .connectionRefused || error.errno == .notFound else { return true }
        let since = refusedSince ?? now
        refusedSince = since
        guard !isSaid, now - since >= Self.patience else {
            unsaid = error
            return false
        }
        isSaid = true
        return true
    }
}
