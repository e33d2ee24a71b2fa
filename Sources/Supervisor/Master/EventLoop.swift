internal import DeployCore
internal import Linux

/// What the master's one thread waits for. Each part of the master registers its own descriptors here, under tokens of its
/// own kind, and takes them out before it closes them.
final class EventLoop {
    static let pauseLength = Duration.milliseconds(100)

    private struct Pause {
        let due: Instant
        let number: CInt
        let interest: Epoll.Interest
    }

    private(set) var epoll: Epoll
    private var pauses: [Token: Pause] = [:]
    private var lastSerial: UInt64 = 0
    /// How often it was waited: what was looked up in the same turn need not be looked up again.
    private(set) var turn: UInt64 = 0

    init() throws(SystemError) { epoll = try Epoll() }

    /// The machine's clock.
    static func now() -> Instant { Instant(sinceBoot: MonotonicClock.now()) }

    /// A serial number that was never given out before.
    func nextSerial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }

    /// Begins to watch a descriptor, which stays the caller's.
    func add(_ number: CInt, _ interest: Epoll.Interest, _ token: Token) throws(SystemError) {
        try epoll.add(number, interest, token: token.number)
    }

    /// Awaits something else of a watched descriptor.
    func modify(_ number: CInt, _ interest: Epoll.Interest, _ token: Token) throws(SystemError) {
        try epoll.modify(number, interest, token: token.number)
    }

    /// Ends watching. (That it was not watched is no error here: every end leads this way.)
    func remove(_ number: CInt) { try? epoll.remove(number) }

    /// Looks away from a descriptor for a moment: epoll would report again at once what cannot be mended now, whatever is
    /// asked for, and the loop would do nothing else. Everything that can be in such a state is paused here.
    func pause(_ number: CInt, _ interest: Epoll.Interest, _ token: Token, at now: Instant = now()) {
        remove(number)
        pauses[token] = Pause(due: now + Self.pauseLength, number: number, interest: interest)
    }

    func isPaused(_ token: Token) -> Bool { pauses[token] != nil }

    /// Forgets the pause of a descriptor that is about to be closed.
    func forgetPause(_ token: Token) { pauses[token] = nil }

    var nextDeadline: Instant? { pauses.values.map(\.due).min() }

    /// Looks again at those whose pause is over.
    func expire(at now: Instant) {
        for (token, pause) in pauses where pause.due <= now {
            pauses[token] = nil
            try? add(pause.number, pause.interest, token)
        }
    }

    /// Waits for something, or until the deadline, and says how many things have happened; see ``Epoll/wait(timeout:)``.
    func wait(until deadline: Instant?) throws(SystemError) -> Int {
        turn += 1
        return try epoll.wait(timeout: deadline.map { max(.zero, $0 - Self.now()) })
    }

    /// One of the things of the last wait.
    func ready(_ index: Int) -> Epoll.Ready { epoll.ready(index) }
}
