import CLinux
import Glibc

/// A set of descriptors and what is awaited of each. Source: epoll(7).
///
/// A registration carries a `token` of the caller's choice instead of the descriptor, so that a late event for a
/// descriptor number that was closed and used again can be told apart.
///
/// `@safe`: the C event has a pointer in its union, which is never used here.
@safe package struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    private var events: [epoll_event]

    /// An empty set that reports at most `capacity` events a wait. The corresponding C function is `epoll_create1`.
    package init(capacity: Int = 64) throws(SystemError) {
        descriptor = FileDescriptor(owning: try system("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        unsafe events = Array(repeating: epoll_event(), count: max(1, capacity))
    }

    /// What is awaited, or what has come. Its operations are its own, since those of `OptionSet` are not inlined into other
    /// modules.
    package struct Interest: OptionSet, Sendable {
        /// EPOLL bits.
        package var rawValue: UInt32

        /// Wraps EPOLL bits.
        @inlinable
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Nothing.
        @inlinable
        package init() { rawValue = 0 }

        /// Whether all of `other` is in it.
        @inlinable
        package func contains(_ other: Interest) -> Bool { rawValue & other.rawValue == other.rawValue }

        /// Adds `other`.
        @inlinable
        package mutating func insert(_ other: Interest) { rawValue |= other.rawValue }

        /// Takes `other` out.
        @inlinable
        package mutating func remove(_ other: Interest) { rawValue &= ~other.rawValue }

        /// Whether both are the same.
        @inlinable
        package static func == (one: Interest, other: Interest) -> Bool { one.rawValue == other.rawValue }

        /// There is something to read or to accept, or the end.
        package static let readable = Interest(rawValue: EPOLLIN.rawValue)
        /// There is room to write, or a `connect` is decided.
        package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
        /// The peer sends no more.
        package static let peerClosed = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// Always reported, never asked for.
        package static let error = Interest(rawValue: EPOLLERR.rawValue)
        /// Always reported, never asked for.
        package static let hangUp = Interest(rawValue: EPOLLHUP.rawValue)
        /// Report changes, not states.
        package static let edgeTriggered = Interest(rawValue: EPOLLET.rawValue)
        /// Of several processes that wait for one socket wake one, not all.
        package static let exclusive = Interest(rawValue: EPOLLEXCLUSIVE.rawValue)
        /// Report once, then wait for `modify`.
        package static let oneShot = Interest(rawValue: EPOLLONESHOT.rawValue)
    }

    /// One descriptor that has something.
    package struct Ready: Sendable, Equatable {
        /// The token of its registration.
        package let token: UInt64
        /// What has come.
        package let events: Interest
    }

    /// Begins to watch. The descriptor stays the caller's, who removes it before closing it when others hold the same
    /// open file. The corresponding C function is `epoll_ctl`.
    package borrowing func add(_ number: CInt, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, number, interest, token)
    }

    /// Awaits something else of a watched descriptor.
    package borrowing func modify(_ number: CInt, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, number, interest, token)
    }

    /// Ends watching.
    package borrowing func remove(_ number: CInt) throws(SystemError) { try control(EPOLL_CTL_DEL, number, [], 0) }

    private borrowing func control(
        _ operation: CInt, _ number: CInt, _ interest: Interest, _ token: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        let set = descriptor.number
        _ = try system("epoll_ctl") { unsafe epoll_ctl(set, operation, number, &event) }
    }

    /// Waits until something is ready or `timeout` has passed (nil: for ever; rounded up to a millisecond), and says how
    /// many are: read them by `ready(_:)`. A signal's handler may end the wait early with 0. The corresponding C
    /// function is `epoll_wait`.
    package mutating func wait(timeout: Duration?) throws(SystemError) -> Int {
        let set = descriptor.number
        let milliseconds = timeout.map { CInt(clamping: max(0, $0.milliseconds)) } ?? -1
        let capacity = unsafe CInt(events.count)
        let count = unsafe epoll_wait(set, &events, capacity, milliseconds)
        if count >= 0 { return Int(count) }
        let errno = Errno.current
        if errno == .interrupted { return 0 }
        throw SystemError(call: "epoll_wait", errno: errno)
    }

    /// The event at `index` of the last wait.
    package borrowing func ready(_ index: Int) -> Ready {
        let event = unsafe events[index]
        return Ready(token: unsafe event.data.u64, events: Interest(rawValue: unsafe event.events))
    }
}
