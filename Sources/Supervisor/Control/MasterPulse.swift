internal import Linux

/// Tells a busy master that says nothing from one that hangs: a deploy may be silent for minutes.
struct MasterPulse {
    private static let interval = Duration.seconds(1)
    /// So long one that is stopped is silent before it is given up: a debugger stops it for a moment.
    private static let stopped = Duration.seconds(2)
    /// So often it is asked for its version, which it answers in the next turn of its loop.
    private static let question = Duration.seconds(30)

    private let heardAt: Duration
    private var lookedAt: Duration
    private var askedAt: Duration

    /// It was heard now.
    init(at now: Duration) {
        heardAt = now
        lookedAt = now
        askedAt = now
    }

    var nextLook: Duration { lookedAt + Self.interval }

    /// Looks, if it is time to; throws when the master does nothing.
    ///
    /// - Parameter pid: the master's process; 0: it cannot be seen from here.
    mutating func look(_ path: String, pid: Int32) throws(ControlError) {
        let now = MonotonicClock.now()
        guard now >= nextLook else { return }
        lookedAt = now
        if pid > 0, now - heardAt >= Self.stopped, ProcessStatus(of: pid)?.state == "T" {
            throw .stopped(path: path, pid: pid)
        }
        guard now - askedAt >= Self.question else { return }
        askedAt = now
        do { _ = try ControlClient.ask(.version, at: path) } catch {
            // That it ended is heard on the connection itself.
            if case .timedOut = error { throw error }
        }
    }
}
