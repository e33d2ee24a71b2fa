import CLinux
import Glibc

/// A moment of the clock on the wall as something to wait for: readable once it has come, and when somebody has set the clock.
/// Source: timerfd_create(2).
package struct WallTimer: ~Copyable {
    private let descriptor: FileDescriptor

    /// The descriptor's number, lent, for epoll.
    package var number: CInt { descriptor.number }

    /// A timer that is not set. The corresponding C function is `timerfd_create`.
    package init() throws(SystemError) {
        let flags = CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK)
        descriptor = FileDescriptor(owning: try system("timerfd_create") { timerfd_create(CLOCK_REALTIME, flags) })
    }

    /// Sets it to so many seconds after 1970-01-01 UTC; nil: to no moment. The corresponding C function is
    /// `timerfd_settime` with TFD_TIMER_CANCEL_ON_SET.
    package func set(_ moment: Int?) throws(SystemError) {
        var value = itimerspec()
        // (Zero would be none.)
        value.it_value.tv_sec = moment.map { max(1, $0) } ?? 0
        let flags = CInt(TFD_TIMER_ABSTIME) | CInt(TFD_TIMER_CANCEL_ON_SET)
        let number = number
        _ = try system("timerfd_settime") { unsafe timerfd_settime(number, moment == nil ? 0 : flags, &value, nil) }
    }

    /// Takes note that it is readable. (ECANCELED says that the clock was set.)
    package func clear() {
        var count = [UInt8](repeating: 0, count: 8)
        _ = try? descriptor.read(into: &count)
    }
}
